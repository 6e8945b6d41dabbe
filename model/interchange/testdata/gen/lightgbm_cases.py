"""Writes ../lgb_*.txt and ../lgb_*.json: small LightGBM models with their scores.

Run: pip install lightgbm==4.7.0 numpy && python lightgbm_cases.py
The data is drawn from a seed. rows holds the inputs (null is NaN), raw and predict LightGBM's own answers as shortest decimals, which read back exactly.
"""
import json
import pathlib

import lightgbm as lgb
import numpy as np

out = pathlib.Path(__file__).parent.parent
r = np.random.default_rng(7)
n = 3000
X = np.c_[r.normal(size=n), r.integers(0, 40, n), r.exponential(size=n) * (r.random(n) < 0.6), r.normal(size=n) * 1e3, r.integers(0, 5, n)].astype(float)
names = ["age", "shop", "spend", "delta", "kind"]
score = X[:, 0] + np.sin(X[:, 1]) * 2 + np.where(X[:, 2] > 0.5, 1, 0) + X[:, 3] / 2e3 + (X[:, 4] == 2)
X[r.random(n) < 0.1, 0] = np.nan
X[r.random(n) < 0.1, 1] = np.nan
y = score + r.normal(size=n)
k = np.digitize(y, np.quantile(y, [0.4, 0.8]))

# Rows with what a model may meet: missing, unseen, negative and fractional categories, both zeros, infinities, extremes.
odd = np.array([
    [np.nan] * 5, [0.0] * 5, [-0.0] * 5, [1e-36, 1e-36, 1e-36, 1e-36, 1e-36], [np.inf, 39, np.inf, np.inf, 4], [-np.inf, 0, -np.inf, -np.inf, 0],
    [0.5, 999, 0.1, 10, 77], [0.5, -1, 0.1, 10, -3], [0.5, 7.9, 0.1, 10, 1.5], [0.5, -0.5, 0.1, 10, -0.9], [1e300, 31, 1e300, -1e300, 32],
])
T = np.r_[X[:49], odd]


def case(name, params, label, categorical=True, **o):
    p = {"verbosity": -1, "num_leaves": 8, "seed": 1, "deterministic": True, "num_threads": 1, "min_data_in_leaf": 20, **params}
    d = lgb.Dataset(X, label, feature_name=names, categorical_feature=[1, 4] if categorical else "auto", params=p)
    m = lgb.train(p, d, num_boost_round=o.get("rounds", 6))
    m.save_model(out / f"lgb_{name}.txt")
    if o.get("refused"):
        return
    expected = {
        "lightgbm": lgb.__version__,
        "rows": [[None if np.isnan(v) else ("inf" if v == np.inf else "-inf" if v == -np.inf else v) for v in row] for row in T.tolist()],
        "raw": m.predict(T, raw_score=True).reshape(len(T), -1).tolist(),
        "predict": m.predict(T).reshape(len(T), -1).tolist(),
    }
    (out / f"lgb_{name}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


case("binary", {"objective": "binary", "sigmoid": 1.7}, (y > 0.5).astype(int))
case("multiclass", {"objective": "multiclass", "num_class": 3}, k, rounds=3)
case("multiclassova", {"objective": "multiclassova", "num_class": 3}, k, rounds=2)
case("rf", {"boosting": "rf", "objective": "binary", "bagging_fraction": 0.6, "bagging_freq": 1}, (y > 0.5).astype(int))
case("dart", {"boosting": "dart", "objective": "cross_entropy"}, 1 / (1 + np.exp(-y)))
case("zero_as_missing", {"objective": "huber", "zero_as_missing": True}, y, categorical=False)
case("no_missing", {"objective": "mape", "use_missing": False}, y, categorical=False)
case("poisson", {"objective": "poisson"}, np.maximum(0, np.round(y)))
case("one_leaf", {"objective": "regression", "min_data_in_leaf": 5000}, y)
case("linear_tree", {"objective": "regression", "linear_tree": True}, y, categorical=False, rounds=2, refused=True)
case("sqrt", {"objective": "regression", "reg_sqrt": True}, y, categorical=False, rounds=1, refused=True)
