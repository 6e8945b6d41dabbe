"""Writes ../xgb_*.json, ../xgb_*.ubj and ../xgb_*.case.json: small XGBoost models with their answers.

Run: pip install -r requirements.txt of examples/benchmark/peers, then python xgboost_cases.py
"""
import pathlib

import numpy as np
import pandas as pd
import xgboost as xgb

from cases import xgboost_case

out = pathlib.Path(__file__).parent.parent
r = np.random.default_rng(11)
n = 1500
names = ["age", "shop", "spend", "delta", "kind"]
X = np.c_[r.normal(size=n), r.integers(0, 40, n), r.exponential(size=n) * (r.random(n) < 0.6), r.normal(size=n) * 1e3, r.integers(0, 5, n)].astype(float)
score = X[:, 0] + np.sin(X[:, 1]) * 2 + np.where(X[:, 2] > 0.5, 1, 0) + X[:, 3] / 2e3 + (X[:, 4] == 2)
for j in range(5):
    X[r.random(n) < 0.1, j] = np.nan
y = score + r.normal(size=n)
k = np.digitize(y, np.quantile(y, [0.4, 0.8]))
# Rows with what a model may meet: missing, unseen, negative and fractional categories, both zeros, numbers that float32 rounds, to zero too, extremes.
odd = np.array([
    [np.nan] * 5, [0.0] * 5, [-0.0] * 5, [1e-36, 0, 1e-46, -1e-46, 0], [3e38, 39, 3e38, 3e38, 4], [-3e38, 0, -3e38, -3e38, 0], [0.5, 999, 0.1, 10, 77],
    [0.5, 7.9, 0.1, 10, 1.5], [0.1, 31, 16777217.0, 1 / 3, 3.9999999999], [0.5, 32, 0.3, 0.7, 1],
])
T = np.r_[X[:30], odd]
types = ["q", "c", "q", "q", "c"]
plain = lambda label=y, **o: xgb.DMatrix(X, label, feature_names=names, **o)
ask = lambda **o: xgb.DMatrix(T, feature_names=names, **o)
base = {"max_depth": 3, "seed": 1, "nthread": 1, "tree_method": "hist", "eta": 0.3}


def case(name, params, data, rounds=3, asked=None, forms=("ubj",), X=T, **o):
    xgboost_case(out, "xgb_" + name, xgb.train({**base, **params}, data, rounds), X, forms=forms, data=ask() if asked is None else asked, **o)


case("binary", {"objective": "binary:logistic"}, plain(y > 0.5), forms=("json", "ubj"))
coded = dict(feature_types=types, enable_categorical=True)
case("codes", {"objective": "reg:squarederror", "max_cat_to_onehot": 4}, plain(**coded), asked=ask(**coded), forms=("json", "ubj"))
case("softprob_forest", {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.7}, plain(k), rounds=2)
case("vector", {"objective": "multi:softmax", "num_class": 3, "multi_strategy": "multi_output_tree"}, plain(k), forms=("json", "ubj"))
case("dart", {"booster": "dart", "objective": "count:poisson", "rate_drop": 0.5}, plain(np.maximum(0, np.round(y))), rounds=6)
case("linear", {"booster": "gblinear", "objective": "multi:softprob", "num_class": 3, "updater": "coord_descent"}, plain(k))
case("hinge", {"objective": "binary:hinge"}, plain(y > 0.5))
case("aft", {"objective": "survival:aft"}, plain(label=None, label_lower_bound=np.exp(y), label_upper_bound=np.exp(y)))
frame = pd.DataFrame(X, columns=names)
frame["shop"] = pd.Categorical([None if np.isnan(v) else f"shop {v:.0f}" for v in X[:, 1]])
frame["kind"] = pd.Categorical([None if np.isnan(v) else int(10 * v - 10) for v in X[:, 4]])
case("named", {"objective": "reg:logistic"}, xgb.DMatrix(frame, 1 / (1 + np.exp(-y)), enable_categorical=True), forms=("json", "ubj"),
     X=frame[:40], asked=xgb.DMatrix(frame[:40], enable_categorical=True))
stopped = xgb.train({**base, "objective": "reg:squarederror", "eta": 1.0}, plain(), 12, evals=[(plain(r.permutation(y)), "other")], early_stopping_rounds=2, verbose_eval=False)
xgboost_case(out, "xgb_stopped", stopped, T, forms=("ubj",), data=ask(), iterations=-1)
