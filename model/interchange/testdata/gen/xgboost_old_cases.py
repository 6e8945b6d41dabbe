"""Writes ../xgb_v1_*.* and ../xgb_v2_*.*: models of older versions of XGBoost with their own answers.

Run with xgboost==1.7.6 and again with xgboost==2.1.4, numpy and pandas as in requirements.txt of examples/benchmark/peers: python xgboost_old_cases.py
"""
import pathlib

import numpy as np

for name, kind in {"float_": np.float64, "unicode_": np.str_}.items():  # 1.7.6 asks for names that numpy 2 dropped
    if not hasattr(np, name):
        setattr(np, name, kind)
import xgboost as xgb

from cases import xgboost_case

out = pathlib.Path(__file__).parent.parent
prefix = f"xgb_v{xgb.__version__[0]}_"
r = np.random.default_rng(5)
n = 1000
X = r.normal(size=(n, 4))
X[:, 3] = r.integers(0, 20, n)
y = X[:, 0] + np.sin(X[:, 3]) + r.normal(size=n) * 0.3
X[r.random(X.shape) < 0.1] = np.nan
base = {"nthread": 1, "max_depth": 3, "tree_method": "hist"}
coded = {"feature_types": ["q"] * 3 + ["c"], "enable_categorical": True}


def case(name, params, label, forms, **o):
    b = xgb.train({**base, **params}, xgb.DMatrix(X, label, **o), 3)
    xgboost_case(out, prefix + name, b, X[:40], forms=forms, data=xgb.DMatrix(X[:40], **o))


case("codes", {"objective": "binary:logistic"}, y > 0.3, ("json",), **coded)
case("softprob", {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.6}, np.digitize(y, [-0.5, 0.5]), ("ubj",))
