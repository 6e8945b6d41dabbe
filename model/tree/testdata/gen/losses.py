"""Writes ../losses.json: the loss on held-out folds that LightGBM reaches with each objective of a regression.

    pip install lightgbm==4.7.0 pandas
    python losses.py DATA_FOLDER

Sets, columns and folds are those of accuracy.json.
"""

import json
import os
import sys

import lightgbm
import numpy as np
import pandas as pd

here = os.path.join(os.path.dirname(__file__), "..")
with open(os.path.join(here, "accuracy.json")) as f:
    sets = json.load(f)["sets"]
settings = dict(num_leaves=31, learning_rate=0.1, verbose=-1, deterministic=True, force_row_wise=True, num_threads=1)
cases = []
for name, delta in (("bike", 20), ("diamond", 500), ("abalone", 1)):
    s = sets[name]
    x = pd.concat([pd.read_csv(os.path.join(sys.argv[1], f), skipinitialspace=True) for f in s["files"]], ignore_index=True)
    y = x[s["target"]]
    x = x.drop(columns=s["drop"] + [s["target"]])
    x.columns = s["columns"]
    for c in s["categorical"]:
        x[c] = x[c].astype("category")
    fold = np.array([int(c) for c in s["fold"]])
    for objective, o in [("regression_l1", {}), ("huber", dict(alpha=delta)), ("quantile", dict(alpha=0.9)), ("poisson", {}), ("gamma", {}), ("tweedie", {})]:
        losses = []
        for k in range(5):
            train = lightgbm.Dataset(x[fold != k], y[fold != k])
            test = lightgbm.Dataset(x[fold == k], y[fold == k], reference=train)
            seen = {}
            lightgbm.train({**settings, "objective": objective, **o}, train, 100, valid_sets=[test], valid_names=["v"], callbacks=[lightgbm.record_evaluation(seen)])
            (loss,) = seen["v"].values()
            losses.append(loss[-1])
        cases.append(dict(set=name, objective=objective, loss=float(np.mean(losses))))
        print(cases[-1])
with open(os.path.join(here, "losses.json"), "w") as f:
    json.dump(dict(tool="lightgbm " + lightgbm.__version__, cases=cases), f, indent=1)
    f.write("\n")
