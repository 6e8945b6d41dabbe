"""Writes ../seeds.json: the area under the ROC curve that LightGBM reaches on ten drawn data sets of 100,000 rows and 30 columns, tested on 50,000 others.

    pip install lightgbm==4.7.0 scikit-learn==1.9.1
    python seeds.py [../seeds.json]

The rows come from splitmix64 alone, so that seeds_test.go draws the same ones: number k of row i is the hash of seed, i and k. Every fifth column has 20 categories; of the
others every fourth has missing values and every third steps of 1/16. The log odds are linear in some columns and have products and steps of pairs of others.
"""

import json
import os
import sys

import lightgbm
import numpy as np
from sklearn.metrics import roc_auc_score

path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "seeds.json")
train, test, columns = 100_000, 50_000, 30
categorical = [j for j in range(columns) if j % 5 == 4]


def uniform(seed, rows, k):
    x = np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + rows.astype(np.uint64) * np.uint64(64) + np.uint64(k) + np.uint64(1)
    x = x * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def draw(seed):
    rows = np.arange(train + test)
    x = np.empty((len(rows), columns))
    for j in range(columns):
        u = uniform(seed, rows, j)
        if j in categorical:
            x[:, j] = np.floor(u * 20)
            continue
        x[:, j] = 2 * u - 1
        if j % 3 == 2:
            x[:, j] = np.floor(x[:, j] * 16) / 16
    z = x[:, 0] + 0.5 * x[:, 1] - 0.75 * x[:, 2] + 2 * (x[:, 3] + 0.5) * (x[:, 5] + 0.25) - 1.5 * (x[:, 6] - 0.5) * x[:, 7]
    z = z + 0.05 * (x[:, 4] - 10) + np.where(x[:, 9] % 3 == 0, 0.5, -0.25) + np.where((x[:, 8] > 0) & (x[:, 10] > 0), 0.75, -0.25)
    y = uniform(seed, rows, 40) * (1 + np.exp(-z)) < 1
    for j in range(columns):
        if j not in categorical and j % 4 == 3:
            x[uniform(seed, rows, 41 + j % 16) < 0.1, j] = np.nan
    return x, y


doc = {"tool": "lightgbm " + lightgbm.__version__, "origin": "testdata/gen/seeds.py", "positives": [], "auc": {"31": [], "255": []}}
for seed in range(10):
    with np.errstate(over="ignore"):
        x, y = draw(seed)
    doc["positives"].append(int(y.sum()))
    for leaves in (31, 255):
        params = dict(objective="binary", num_leaves=leaves, learning_rate=0.1, min_data_in_leaf=20, max_bin=255, num_threads=1, verbose=-1, deterministic=True,
                      force_row_wise=True)
        m = lightgbm.train(params, lightgbm.Dataset(x[:train], y[:train], categorical_feature=categorical), 100)
        doc["auc"][str(leaves)].append(float(roc_auc_score(y[train:], m.predict(x[train:]))))
    print(seed, doc["auc"]["31"][-1], doc["auc"]["255"][-1], flush=True)
with open(path, "w") as f:
    json.dump(doc, f, indent=1)
    f.write("\n")
