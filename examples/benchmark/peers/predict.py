"""The suite predict: one model in many engines, as the same JSON lines as peers.py.

predict.py fit  --data F --target C --to FOLDER   trains the models and readies them for each engine, without measuring
predict.py run  --data F --target C --from FOLDER [--rows N] [--repeat N]

Models are of 31 and 255 leaves, 100 and 500 trees; those named with a c have two categorical features. Everything runs on one thread. LightGBM's C API gets one row
at a time through its fast entrance, by ctypes, whose own cost is in the figure: about half a microsecond a row. ONNX Runtime and tl2cgen get the rows as float32,
XGBoost its own model of the same size, by inplace_predict: predict would remember what it gave for rows that it has seen. 2,000 rows are explained by LightGBM's pred_contrib, once a run.
"""

import argparse
import pathlib

import lightgbm as lgb
import numpy as np
import onnxmltools
import onnxruntime
import tl2cgen
import treelite
import xgboost as xgb
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.metrics import roc_auc_score

import peers

LEAVES, TREES = (31, 255), (100, 500)
CATEGORICAL = ["Category1", "Category2"]
EXPLAINED = 2000  # rows
COMPILED_NODES = 100_000  # a C compiler takes minutes for more
ONNXRUNTIME = "ONNX Runtime " + onnxruntime.__version__
TL2CGEN = "tl2cgen " + tl2cgen.__version__
XGBOOST = "XGBoost " + xgb.__version__


def fit(o):
    x, y, _, _ = peers.load(o)
    names, x = x.column_names, peers.matrix(x, {})
    to = pathlib.Path(o.to)
    for leaves in LEAVES:
        for suffix, categorical in (("", []), ("c", [n for n in names if n in CATEGORICAL])):
            params = {"objective": "binary", "num_leaves": leaves, "learning_rate": 0.05, "num_threads": 1, "verbosity": -1, "seed": 1}
            booster = lgb.train(params, lgb.Dataset(x, y, feature_name=names, categorical_feature=categorical), num_boost_round=max(TREES))
            for trees in TREES:
                name = f"l{leaves}t{trees}{suffix}"
                booster.save_model(to / f"{name}.txt", num_iteration=trees)
                if not suffix:
                    ready(lgb.Booster(model_file=to / f"{name}.txt"), to / name, leaves * trees, x.shape[1])
        params = {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": leaves, "max_depth": 0, "eta": 0.05, "nthread": 1, "seed": 1}
        booster = xgb.train(params, xgb.DMatrix(x, y), max(TREES))
        for trees in TREES:
            booster[:trees].save_model(to / f"l{leaves}t{trees}.xgb.json")


def ready(booster, path, nodes, columns):
    onnx = onnxmltools.convert_lightgbm(booster, initial_types=[("x", FloatTensorType([None, columns]))], zipmap=False)
    path.with_suffix(".onnx").write_bytes(onnx.SerializeToString())
    if nodes <= COMPILED_NODES:
        model = treelite.frontend.load_lightgbm_model(path.with_suffix(".txt"))
        tl2cgen.export_lib(model, toolchain="gcc", libpath=path.with_suffix(".so"), params={"parallel_comp": 32, "quantize": 1})


def run(o):
    _, _, table, y = peers.load(o)
    x = np.ascontiguousarray(peers.matrix(table, {}))[: o.rows or None]
    y = y[: len(x)]
    single = x.astype(np.float32)
    folder = pathlib.Path(getattr(o, "from"))

    def sums(values):
        size = np.abs(values[:, :-1]).mean()
        return {"raw": values.sum() / len(values), "contribution": size}

    def job(name, tool, run):
        return peers.Job("predict", name, tool, x.shape, 1, run, lambda scores: {"roc_auc": roc_auc_score(y, np.asarray(scores).reshape(len(x), -1)[:, -1])})

    jobs, slow = [], []
    for path in sorted(folder.glob("l*.txt")):
        name = path.stem
        booster = lgb.Booster(model_file=path)
        jobs.append(job(name + "_batch", peers.LIGHTGBM, lambda b=booster: b.predict(x, num_threads=1)))
        jobs.append(job(name + "_row", peers.LIGHTGBM + " C API", peers.single_rows(booster, x)))
        if "t100" in name:
            some = x[:EXPLAINED]
            slow.append(peers.Job("predict", name + "_shap", peers.LIGHTGBM, some.shape, 1, lambda b=booster, x=some: b.predict(x, pred_contrib=True, num_threads=1), sums))
        if path.with_suffix(".onnx").exists():
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            session = onnxruntime.InferenceSession(path.with_suffix(".onnx"), options, providers=["CPUExecutionProvider"])
            output = session.get_outputs()[1].name
            jobs.append(job(name + "_batch", ONNXRUNTIME, lambda s=session, out=output: s.run([out], {"x": single})[0]))
        if path.with_suffix(".so").exists():
            compiled = tl2cgen.Predictor(path.with_suffix(".so"), nthread=1)
            data = tl2cgen.DMatrix(single)
            jobs.append(job(name + "_batch", TL2CGEN, lambda c=compiled, d=data: c.predict(d)))
        if path.with_suffix(".xgb.json").exists():
            own = xgb.Booster({"nthread": 1}, model_file=path.with_suffix(".xgb.json"))
            jobs.append(job(name + "_batch", XGBOOST + ", its own model", lambda b=own: b.inplace_predict(single)))
    return jobs, slow


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["fit", "run"])
    parser.add_argument("--data", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--to")
    parser.add_argument("--from")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=1)
    o = parser.parse_args()
    if o.verb == "fit":
        fit(o)
        return
    jobs, slow = run(o)
    for i in range(o.repeat):
        for job in jobs if i else jobs + slow:
            job.measure()
    for job in jobs + slow:
        job.report()


if __name__ == "__main__":
    main()
