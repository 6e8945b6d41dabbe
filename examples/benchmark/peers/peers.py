"""The work of ../ in the tools that most would use for it, on the same files, as the same JSON lines.

peers.py --suite train  --data F --target C [--leaves N] [--threads N] [--case NAME,...] [--tools NAME,...] [--save MODEL.txt]
peers.py --suite stream --data F --target C [--leaves N] [--threads N]
peers.py --suite score  --data F --target C --model MODEL.txt

Boosting is 100 rounds at a learning rate of 0.1, everything else as each tool has it. Threads are set by name in each tool, and are the workers of a line. CPU time is that of the whole process, user and system. Every fourth row is for testing.
"""

import argparse
import ctypes

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sklearn
import xgboost as xgb
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ingest import read_csv
from job import Job

LIGHTGBM = "LightGBM " + lgb.__version__
SKLEARN = "scikit-learn " + sklearn.__version__
THREADS = (1, 2)


def load(o):
    """The training and the test rows as tables, with their classes."""
    table = pq.read_table(o.data) if o.data.endswith(".parquet") else read_csv(o.data, 1, nulls=["?"])
    target = table[o.target]
    positive = sorted(target.unique().to_pylist())[-1]
    classes = np.array(pc.equal(target, positive).cast(pa.int8()))
    test = np.arange(table.num_rows) % 4 == 3
    features = table.drop_columns([o.target]).combine_chunks()
    return features.filter(pa.array(~test)), classes[~test], features.filter(pa.array(test)), classes[test]


def is_text(t):
    return pa.types.is_string(t) or pa.types.is_large_string(t)


def texts(table):
    return [i for i, field in enumerate(table.schema) if is_text(field.type)]


def categories(table):
    return {i: pc.unique(table.column(i)).drop_null() for i in texts(table)}


def matrix(table, known):
    """A table as float64, texts as the index of their category in known, missing values as NaN."""
    out = np.empty(table.shape, order="F")
    for i, column in enumerate(table.columns):
        if i in known:
            column = pc.index_in(column, value_set=known[i])
        out[:, i] = column.cast(pa.float64(), safe=False).to_numpy()
    return out


def lightgbm_parameters(o, threads):
    return {"objective": "binary", "num_leaves": o.leaves, "learning_rate": 0.1, "num_threads": threads, "verbosity": -1, "seed": 1}


def train(o):
    x, y, test_x, test_y = load(o)
    shape = x.shape

    def auc(fitted):
        predict, known = fitted
        return {"roc_auc": roc_auc_score(test_y, predict(matrix(test_x, known)))}

    def lightgbm(threads, **more):
        known = categories(x)
        params = lightgbm_parameters(o, threads) | more
        data = lgb.Dataset(matrix(x, known), y, feature_name=x.column_names, categorical_feature=list(known), params=params, free_raw_data=True)
        booster = lgb.train(params, data, num_boost_round=100)
        return lambda m: booster.predict(m, num_threads=threads), known

    def xgboost(threads):
        known = categories(x)
        types = ["c" if i in known else "float" for i in range(x.num_columns)]
        params = {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": o.leaves, "max_depth": 0, "eta": 0.1, "nthread": threads, "seed": 1}
        data = xgb.QuantileDMatrix(matrix(x, known), y, feature_types=types, enable_categorical=True, nthread=threads)
        booster = xgb.train(params, data, 100)
        return lambda m: booster.predict(xgb.DMatrix(m, feature_types=types, enable_categorical=True)), known

    def sklearn_boosting(_):
        known = categories(x)
        model = HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=o.leaves, learning_rate=0.1, early_stopping=False, categorical_features=list(known) or None, random_state=1)
        model.fit(matrix(x, known), y)
        return lambda m: model.predict_proba(m)[:, 1], known

    def forest(threads):
        known = categories(x)
        model = RandomForestClassifier(n_jobs=threads, random_state=1)
        model.fit(matrix(x, known), y)
        return lambda m: model.predict_proba(m)[:, 1], known

    def linear(_):
        known = categories(x)
        text = list(known)
        numeric = [i for i in range(x.num_columns) if i not in known]
        pipeline = make_pipeline(
            ColumnTransformer([
                ("numeric", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
                ("text", OneHotEncoder(handle_unknown="ignore"), text),
            ]),
            LogisticRegression(max_iter=1000),
        )
        pipeline.fit(matrix(x, known), y)
        return lambda m: pipeline.predict_proba(m)[:, 1], known

    if o.save:
        known = categories(x)
        lgb.train(lightgbm_parameters(o, 1), lgb.Dataset(matrix(x, known), y, feature_name=x.column_names, categorical_feature=list(known)), num_boost_round=100).save_model(o.save)
        return []
    return [
        Job("train", case, tool, shape, t, lambda t=t, fit=fit: fit(t), auc)
        for case, tool, fit in (
            ("gbdt", LIGHTGBM, lightgbm),
            ("gbdt", LIGHTGBM + ", quantized", lambda t: lightgbm(t, use_quantized_grad=True)),
            ("gbdt", "XGBoost " + xgb.__version__, xgboost),
            ("gbdt", "HistGradientBoosting " + sklearn.__version__, sklearn_boosting),
            ("linear", SKLEARN, linear),
            ("forest", SKLEARN, forest),
        )
        if case in o.case and tool.startswith(o.tools)
        for t in o.threads
    ]


def stream(o):
    """LightGBM from a file in two passes of batches, of which only the bins are kept."""
    file = pq.ParquetFile(o.data)
    names = [n for n in file.schema_arrow.names if n != o.target]
    rows = file.metadata.num_rows

    def batches():
        for batch in file.iter_batches(65536, use_threads=False):
            yield matrix(pa.Table.from_batches([batch.select(names)]), {}), np.array(batch.column(o.target).cast(pa.int8()))

    def run(threads):
        params = lightgbm_parameters(o, threads)
        y, sample, step = np.empty(rows), [], max(1, rows // 200_000)
        at = 0
        for x, classes in batches():
            y[at : at + len(x)] = classes
            sample.append(x[-at % step :: step])
            at += len(x)
        sample = np.concatenate(sample)
        data = lgb.Dataset(None, params=params)
        data._init_from_sample([sample[:, i].copy() for i in range(len(names))], [np.arange(len(sample), dtype=np.int32) for _ in names], len(sample), rows)
        for x, _ in batches():
            data._push_rows(np.ascontiguousarray(x))
        data.set_label(y)
        return lgb.train(params, data, num_boost_round=100)

    return [Job("stream", "gbdt", LIGHTGBM, (rows, len(names)), t, lambda t=t: run(t), lambda _: {}) for t in o.threads]


def single_rows(booster, x):
    """A function that scores each row of x alone, through the C API's fast entrance for one row, called by ctypes, whose own cost is about half a microsecond."""
    n, p = x.shape
    lib = ctypes.CDLL(lgb.basic._LIB._name)
    fast = ctypes.c_void_p()
    status = lib.LGBM_BoosterPredictForMatSingleRowFastInit(booster._handle, 0, 0, -1, 1, ctypes.c_int32(p), b"num_threads=1", ctypes.byref(fast))
    if status != 0:
        raise RuntimeError("LightGBM: fast entrance not made")
    out, length = np.empty(n), ctypes.c_int64()
    inputs = [ctypes.c_void_p(x.ctypes.data + 8 * p * i) for i in range(n)]
    outputs = [ctypes.c_void_p(out.ctypes.data + 8 * i) for i in range(n)]

    def rows():
        call, size = lib.LGBM_BoosterPredictForMatSingleRowFast, ctypes.byref(length)
        for source, to in zip(inputs, outputs):
            call(fast, source, size, to)
        return out

    return rows


def score(o):
    _, _, table, y = load(o)
    x = np.ascontiguousarray(matrix(table, {}))
    booster = lgb.Booster(model_file=o.model)

    def auc(scores):
        return {"roc_auc": roc_auc_score(y, scores)}

    jobs = [Job("score", "imported_batch", LIGHTGBM, x.shape, t, lambda t=t: booster.predict(x, num_threads=t), auc) for t in THREADS]
    return jobs + [Job("score", "imported_row", LIGHTGBM + " C API", x.shape, 1, single_rows(booster, x), auc)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", choices=["train", "stream", "score"], required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--target")
    parser.add_argument("--model")
    parser.add_argument("--leaves", type=int, default=31)
    parser.add_argument("--threads", type=lambda text: [int(text)], default=THREADS)
    parser.add_argument("--case", type=lambda text: text.split(","), default=["gbdt", "linear"])
    parser.add_argument("--tools", type=lambda text: tuple(text.split(",")), default="", help="of training, only the tools whose names begin with one of these")
    parser.add_argument("--save", help="write the LightGBM model to this file, without measuring")
    parser.add_argument("--repeat", type=int, default=5)
    o = parser.parse_args()
    jobs = {"train": train, "stream": stream, "score": score}[o.suite](o)
    for _ in range(o.repeat):
        for job in jobs:
            job.measure()
    for job in jobs:
        job.report()


if __name__ == "__main__":
    main()
