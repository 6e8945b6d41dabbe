"""Writes ../constraints.json: what LightGBM predicts for the rows of ../small.json under constraints and options of categorical splits.

    pip install lightgbm==4.7.0
    python constraints.py
"""

import json
import os

import lightgbm
import numpy as np

folder = os.path.join(os.path.dirname(__file__), "..")
with open(os.path.join(folder, "small.json")) as f:
    small = json.load(f)
x = np.array([[np.nan if v is None else v for v in c] for c in small["columns"]]).T
y, cls, w = np.array(small["value"]), np.array(small["cls"]), np.array(small["weight"])
common = dict(num_leaves=15, learning_rate=0.2, min_data_in_leaf=10, verbose=-1, deterministic=True, force_row_wise=True, num_threads=1,
              cat_smooth=10, cat_l2=10)
monotone = dict(monotone_constraints=[1, -1, 0, 0, 1], monotone_constraints_method="basic")


def run(label, weight=None, rounds=12, **o):
    ds = lightgbm.Dataset(x, label, weight=weight, categorical_feature=[2, 3])
    m = lightgbm.train({**common, **o}, ds, rounds)
    raw = m.predict(x, raw_score=True)
    return np.atleast_2d(raw.T).tolist()


two = (cls > 0).astype(int)
doc = dict(
    tool="lightgbm " + lightgbm.__version__,
    monotone=run(y, objective="regression", **monotone),
    monotone_penalties=run(y, weight=w, objective="regression", lambda_l1=0.5, lambda_l2=2.0, min_gain_to_split=0.1, max_depth=4, **monotone),
    monotone_logistic=run(two, objective="binary", **monotone),
    monotone_softmax=run(cls, objective="multiclass", num_class=3, **monotone),
    interactions=run(y, objective="regression", interaction_constraints=[[0, 1], [1, 2, 3], [4]]),
    interactions_left_out=run(y, objective="regression", interaction_constraints=[[0, 2], [1, 3]]),
    interactions_monotone=run(two, objective="binary", interaction_constraints=[[0, 1, 4], [2, 3, 0]], **monotone),
    categories=run(y, objective="regression", cat_smooth=3, cat_l2=1, max_cat_threshold=3, min_data_per_group=20),
    one_hot=run(y, objective="regression", max_cat_to_onehot=16),
)
with open(os.path.join(folder, "constraints.json"), "w") as f:
    json.dump(doc, f)
    f.write("\n")
