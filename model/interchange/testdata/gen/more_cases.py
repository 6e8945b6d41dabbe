"""Writes more cases than the tree holds, for the test TestScoresEqualThePeers: python more_cases.py FOLDER

Other seeds, objectives, sizes, categories and missing values than the committed cases. Tools and versions: requirements.txt of examples/benchmark/peers. onnx_cases.py makes
those of ONNX. About half a minute.
"""
import pathlib
import sys
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb

from cases import lightgbm_case, xgboost_case

warnings.filterwarnings("ignore")
out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def draw(seed, n=2500, p=8, missing=0.1, cats=2):
    """Numbers, integers and codes of categories with missing values, and a target that needs all of them."""
    r = np.random.default_rng(seed)
    X = r.normal(size=(n, p)) * 10.0 ** r.integers(-2, 4, p)
    X[:, 1] = np.round(X[:, 1])
    score = X[:, 0] / X[:, 0].std() + np.sin(X[:, 2] / X[:, 2].std() * 2)
    for j in range(cats):
        X[:, p - 1 - j] = r.integers(0, 12 * (j + 1), n)
        score += r.normal(size=12 * (j + 1))[X[:, p - 1 - j].astype(int)]
    X[r.random((n, p)) < missing] = np.nan
    return r, X, score + r.normal(size=n) * 0.5


def labels(y, k=3):
    return np.digitize(y, np.quantile(y, np.arange(1, k) / k))


def frame(r, X, text=True, ascii=False):
    """The last two columns as categories by their values: texts that are no codes, and numbers that are others than their codes."""
    f = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    towns = ["Köln", "a b", "x,y", "", "ÅÄÖ", "N/A", "quote'd", "7th", "e", "東京", "é", "zz"]
    if ascii:
        towns = [t.encode("ascii", "xmlcharrefreplace").decode() for t in towns]
    c, d = f.columns[-1], f.columns[-2]
    f[c] = pd.Categorical([None if np.isnan(v) else towns[int(v)] for v in X[:, -1]])
    f[d] = pd.Categorical([None if np.isnan(v) else int(v) * 7 - 20 for v in X[:, -2]])
    return f if text else f.drop(columns=c)


def lightgbm(name, seed, params, label, categorical=True, rounds=25, size={}, pandas=None, train={}, **o):
    r, X, y = draw(seed, **size)
    names = [f"c{j}" for j in range(X.shape[1])]
    data = X if pandas is None else frame(r, X, pandas == "text")
    p = {"verbosity": -1, "seed": seed, "deterministic": True, "num_threads": 1, "num_leaves": 15, **params}
    columns = "auto" if pandas is not None or not categorical else [X.shape[1] - 1, X.shape[1] - 2]
    d = lgb.Dataset(data, label(y), feature_name="auto" if pandas is not None else names, categorical_feature=columns, params=p, **train)
    m = lgb.train(p, d, num_boost_round=rounds)
    T = data[:200] if pandas is not None else np.r_[X[:200], odd(X)]
    lightgbm_case(out, "lgb_more_" + name, m, T, **o)


def odd(X):
    """Rows of what a model may meet."""
    p = X.shape[1]
    return np.array([[v] * p for v in (np.nan, 0.0, -0.0, 1e-36, -1e-36, 0.5, -0.5, -1.0, -7.0, 11.999999999, 12.0, 31.0, 32.0, 1e6, 1e30, -1e30)])


def xgboost(name, seed, params, label=lambda y: y, rounds=15, size={}, types=None, pandas=None, data=None, **o):
    r, X, y = draw(seed, **size)
    p = {"seed": seed, "nthread": 1, "max_depth": 5, **params}
    source, train = (X, {}) if pandas is None else (frame(r, X, pandas != "numbers", pandas == "ascii"), {"enable_categorical": True})
    if types is not None:
        train = {"feature_types": ["q"] * (X.shape[1] - 2) + ["c"] * 2, "enable_categorical": True}
    d = xgb.DMatrix(source, **train, **({"label": label(y)} if data is None else data(y)))
    m = xgb.train(p, d, rounds, **({} if "evals" not in o else {"evals": [(d, "d")], "early_stopping_rounds": o.pop("evals"), "verbose_eval": False}))
    T = source[:200] if pandas is not None else np.r_[X[:200], odd(X)[:6] if types is not None else odd(X)]
    xgboost_case(out, "xgb_more_" + name, m, T, data=xgb.DMatrix(T, **train), **o)


def positive(y):
    return np.exp(y / y.std())


def count(y):
    return np.maximum(0, np.round(y))


def share(y):
    return 1 / (1 + np.exp(-y))


def yes(y):
    return (y > np.quantile(y, 0.7)).astype(int)


def same(y):
    return y


def lightgbm_cases():
    lightgbm("text_categories", 101, {"objective": "binary"}, yes, pandas="text")
    lightgbm("number_categories", 102, {"objective": "regression"}, same, pandas="numbers")
    lightgbm("linear_missing", 103, {"objective": "regression", "linear_tree": True}, same, categorical=False)
    lightgbm("linear_categories", 104, {"objective": "binary", "linear_tree": True, "num_leaves": 31}, yes)
    lightgbm("linear_multiclass", 105, {"objective": "multiclass", "num_class": 4, "linear_tree": True}, lambda y: labels(y, 4), rounds=8, categorical=False)
    lightgbm("linear_one_leaf", 106, {"objective": "regression", "linear_tree": True, "min_data_in_leaf": 9000}, same, rounds=3, categorical=False)
    lightgbm("cross_entropy_lambda", 107, {"objective": "cross_entropy_lambda"}, share)
    lightgbm("cross_entropy", 108, {"objective": "cross_entropy", "boosting": "dart", "drop_rate": 0.4}, share)
    lightgbm("custom", 109, {"objective": lambda p, d: (p - d.get_label(), np.ones(len(p)))}, same)
    lightgbm("square_root", 110, {"objective": "regression", "reg_sqrt": True}, same)
    lightgbm("fair", 111, {"objective": "fair", "fair_c": 0.7, "data_sample_strategy": "goss"}, same)
    lightgbm("quantile_255_leaves", 112, {"objective": "quantile", "alpha": 0.9, "num_leaves": 255, "min_data_in_leaf": 2}, same, rounds=40)
    lightgbm("forest_multiclass", 113, {"objective": "multiclass", "num_class": 3, "boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, labels, rounds=10)
    lightgbm("ova_sigmoid", 114, {"objective": "multiclassova", "num_class": 5, "sigmoid": 0.7}, lambda y: labels(y, 5), rounds=6)
    lightgbm("rank_xendcg", 115, {"objective": "rank_xendcg"}, lambda y: labels(y, 4), train={"group": [25] * 100})
    lightgbm("one_hot_categories", 116, {"objective": "tweedie", "tweedie_variance_power": 1.3, "max_cat_to_onehot": 64}, count)
    lightgbm("monotone_extra", 117, {"objective": "huber", "extra_trees": True, "path_smooth": 3.0, "monotone_constraints": [1] + [0] * 7}, same)
    lightgbm("wide", 118, {"objective": "gamma", "feature_fraction": 0.3}, positive, size={"p": 400, "n": 1200}, categorical=False)
    lightgbm("first_rounds", 119, {"objective": "poisson", "zero_as_missing": True}, count, iterations=7)
    lightgbm("first_rounds_forest", 120, {"objective": "binary", "boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1, "is_unbalance": True}, yes, iterations=4)
    lightgbm("quantized", 121, {"objective": "mape", "use_quantized_grad": True, "use_missing": False}, lambda y: np.abs(y) + 1)
    softmax = lambda p, d: (p - 0.5, np.ones_like(p))
    lightgbm("custom_classes", 122, {"objective": softmax, "num_class": 3}, labels, rounds=2, refused="objective none, with several outputs")


def xgboost_cases():
    xgboost("text_categories", 201, {"objective": "binary:logistic"}, yes, pandas="ascii")
    xgboost("text_beyond_ascii", 228, {"objective": "binary:logistic"}, yes, pandas="text", refused="texts outside ASCII")
    xgboost("number_categories", 202, {"objective": "reg:squarederror", "max_cat_to_onehot": 100}, pandas="numbers")
    xgboost("codes_partition", 203, {"objective": "reg:absoluteerror", "max_cat_to_onehot": 1}, types=True)
    xgboost("codes_one_hot", 204, {"objective": "binary:logistic", "max_cat_to_onehot": 64, "scale_pos_weight": 3}, yes, types=True)
    xgboost("forest_multiclass", 205, {"objective": "multi:softprob", "num_class": 4, "num_parallel_tree": 3, "subsample": 0.5}, lambda y: labels(y, 4), rounds=4)
    xgboost("vector_leaves", 206, {"objective": "multi:softprob", "num_class": 5, "multi_strategy": "multi_output_tree"}, lambda y: labels(y, 5))
    xgboost("dart_multiclass", 207, {"booster": "dart", "objective": "multi:softmax", "num_class": 3, "rate_drop": 0.3, "skip_drop": 0.2}, labels)
    xgboost("linear_multiclass", 208, {"booster": "gblinear", "objective": "multi:softprob", "num_class": 3}, labels)
    xgboost("linear_poisson", 209, {"booster": "gblinear", "objective": "count:poisson", "eta": 0.01}, count)
    xgboost("hinge", 210, {"objective": "binary:hinge"}, yes)
    xgboost("logit_raw", 211, {"objective": "binary:logitraw", "base_score": 0.3}, yes, margin=True)
    xgboost("reg_logistic", 212, {"objective": "reg:logistic", "grow_policy": "lossguide", "max_leaves": 255, "max_depth": 0}, share)
    xgboost("squared_log", 213, {"objective": "reg:squaredlogerror"}, positive)
    xgboost("one_quantile", 214, {"objective": "reg:quantileerror", "quantile_alpha": 0.8}, size={"missing": 0.5})
    xgboost("aft", 215, {"objective": "survival:aft", "aft_loss_distribution": "logistic"}, data=lambda y: {"label_lower_bound": positive(y), "label_upper_bound": positive(y) * 2})
    xgboost("cox", 216, {"objective": "survival:cox"}, lambda y: np.where(y > 0, 1, -1) * positive(y))
    xgboost("rank_pairwise", 217, {"objective": "rank:pairwise"}, data=lambda y: {"label": labels(y, 4), "group": [25] * 100})
    xgboost("rank_map", 218, {"objective": "rank:map"}, data=lambda y: {"label": yes(y), "group": [50] * 50})
    xgboost("stopped_all", 219, {"objective": "reg:pseudohubererror", "eta": 1.5}, rounds=30, evals=2)
    xgboost("stopped_best", 220, {"objective": "reg:squarederror", "eta": 1.9}, rounds=30, evals=2, iterations=-1)
    xgboost("base_score", 221, {"objective": "binary:logistic", "base_score": 0.4871}, yes)
    xgboost("exact_gamma", 222, {"objective": "reg:gamma", "tree_method": "exact", "monotone_constraints": "(1,0,0,0,0,0,0,0)"}, positive)
    xgboost("wide_500", 223, {"objective": "reg:tweedie", "tweedie_variance_power": 1.2, "colsample_bytree": 0.2}, positive, size={"p": 500, "n": 800}, rounds=60)
    xgboost("old_form", 224, {"objective": "binary:logistic"}, yes, forms=("json",), change=older)
    xgboost("one_leaf", 225, {"objective": "reg:squarederror", "gamma": 1e9}, rounds=3)
    xgboost("targets", 226, {"objective": "reg:squarederror"}, lambda y: np.c_[y, -y], rounds=2, refused="2 targets")
    xgboost("quantiles", 227, {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, rounds=2, refused="2 targets, or quantiles")


def older(document):
    """The file as XGBoost 1.6 wrote it: a scalar base score, truths as default directions, no later keys."""
    document["version"] = [1, 6, 2]
    learner = document["learner"]
    param = learner["learner_model_param"]
    param["base_score"] = param["base_score"].strip("[]")
    param.pop("boost_from_average")
    param.pop("num_target")
    model = learner["gradient_booster"]["model"]
    for key in ("cats", "iteration_indptr"):
        model.pop(key)
    model["gbtree_model_param"] = {"num_parallel_tree": "1", "num_trees": model["gbtree_model_param"]["num_trees"], "size_leaf_vector": "0"}
    for tree in model["trees"]:
        tree["tree_param"]["size_leaf_vector"] = "0"
        tree["default_left"] = [bool(v) for v in tree["default_left"]]


if __name__ == "__main__":
    lightgbm_cases()
    xgboost_cases()
