"""Writes ../small.json: a small table with missing values and categories, and what LightGBM predicts for its rows.

    pip install lightgbm==4.7.0
    python small.py
"""

import json
import os

import lightgbm
import numpy as np

rng = np.random.default_rng(7)
n = 600
a = np.round(rng.normal(size=n), 2)
b = np.round(rng.exponential(size=n) * 10)
b[rng.random(n) < 0.2] = np.nan
c = rng.integers(0, 12, n).astype(float)
c[rng.random(n) < 0.1] = np.nan
d = rng.integers(0, 3, n).astype(float)
e = np.where(rng.random(n) < 0.6, 0, np.round(rng.normal(size=n), 1))
x = np.column_stack([a, b, c, d, e])
z = a + np.where(np.isnan(b), 1.5, np.sin(b / 5)) + np.where(np.isnan(c), 0.5, (c * 7 % 12) / 6) + (d == 1) * 0.8 + e * a
y = np.round(z + rng.normal(size=n) * 0.3, 3)
cls = np.digitize(z, np.quantile(z, [0.4, 0.75]))
w = np.round(rng.random(n) * 3, 2) + 0.05
common = dict(num_leaves=15, learning_rate=0.2, min_data_in_leaf=10, verbose=-1, deterministic=True, force_row_wise=True, num_threads=1,
              cat_smooth=10, cat_l2=10)


def run(label, weight=None, rounds=12, **o):
    ds = lightgbm.Dataset(x, label, weight=weight, categorical_feature=[2, 3])
    m = lightgbm.train({**common, **o}, ds, rounds)
    raw = m.predict(x, raw_score=True)
    return dict(raw=raw.tolist() if raw.ndim == 1 else raw.T.tolist(), gain=m.feature_importance("gain").tolist(),
                splits=m.feature_importance("split").tolist(), trees=m.num_trees())


def cells(v):
    return [None if np.isnan(q) else float(q) for q in v]


doc = dict(
    tool="lightgbm " + lightgbm.__version__,
    columns=[cells(v) for v in x.T], value=y.tolist(), cls=cls.tolist(), weight=w.tolist(),
    squared=run(y, objective="regression"),
    weighted=run(y, weight=w, objective="regression", lambda_l1=0.5, lambda_l2=2.0, min_gain_to_split=0.1, max_depth=4),
    logistic=run((cls > 0).astype(int), objective="binary"),
    softmax=run(cls, objective="multiclass", num_class=3),
)
with open(os.path.join(os.path.dirname(__file__), "..", "small.json"), "w") as f:
    json.dump(doc, f)
    f.write("\n")
