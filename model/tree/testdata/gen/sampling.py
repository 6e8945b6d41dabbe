"""Writes ../sampling.json: the log loss that LightGBM reaches with GOSS and with DART, over 20 seeds.

    pip install lightgbm==4.7.0
    python sampling.py

Rows are a hash of their numbers (splitmix64), so that a test makes the same ones.
"""

import json
import os

import lightgbm
import numpy as np

columns, rows, seeds = 8, 2000, 20


def uniform(i):
    x = (i + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(float) / 2**53


u = uniform(np.arange(2 * rows * (columns + 1))).reshape(2 * rows, columns + 1)
x = u[:, :columns]
z = 6 * (x[:, 0] - 0.5) + 8 * (x[:, 1] - 0.5) * (x[:, 2] - 0.5) + 2 * (x[:, 3] > 0.7) - 3 * np.abs(x[:, 4] - 0.5)
y = (u[:, columns] < 1 / (1 + np.exp(-z))).astype(int)
common = dict(objective="binary", num_leaves=15, learning_rate=0.2, verbose=-1, deterministic=True, force_row_wise=True, num_threads=1, metric="binary_logloss")


def run(name, **o):
    losses = []
    for seed in range(seeds):
        m = lightgbm.train({**common, **o, "bagging_seed": seed, "drop_seed": seed}, lightgbm.Dataset(x[:rows], y[:rows]), 40)
        p = np.clip(m.predict(x[rows:]), 1e-15, 1 - 1e-15)
        losses.append(float(-np.mean(np.log(np.where(y[rows:] == 1, p, 1 - p)))))
    print(name, np.mean(losses), np.std(losses))
    return dict(name=name, mean=float(np.mean(losses)), deviation=float(np.std(losses, ddof=1)))


doc = dict(tool="lightgbm " + lightgbm.__version__, cases=[
    run("plain"),
    run("goss", data_sample_strategy="goss"),
    run("goss 0.3 0.2", data_sample_strategy="goss", top_rate=0.3, other_rate=0.2),
    run("dart", boosting="dart", boost_from_average=False),
    run("dart uniform", boosting="dart", boost_from_average=False, uniform_drop=True, drop_rate=0.3, skip_drop=0.2, max_drop=10),
    run("dart xgboost", boosting="dart", boost_from_average=False, xgboost_dart_mode=True, drop_rate=0.2, skip_drop=0.1),
])
with open(os.path.join(os.path.dirname(__file__), "..", "sampling.json"), "w") as f:
    json.dump(doc, f, indent=1)
    f.write("\n")
