"""Writes ../ranking.json: the NDCG that LightGBM reaches on its own example of a ranking, and its raw scores of a small drawn one (`small`).

    pip install lightgbm==4.7.0 scikit-learn==1.9.1
    python ranking.py DATA_FOLDER [../ranking.json]

DATA_FOLDER/lambdarank has train.libsvm, train.query, test.libsvm and test.query: LightGBM's examples/lambdarank, whose files of a query's number of rows have the end
.query. What a row does not name is 0. Each setting is trained on the training rows and measured on the test rows, at five learning rates: 201 queries are few, and a
rate of 0.1001 in place of 0.1 moves NDCG at 5 by 0.006. `first` is what the first rows score after 15 rounds at the rate 0.1.
"""

import json
import os
import sys

import lightgbm
import numpy as np
from sklearn.datasets import load_svmlight_file

folder = os.path.join(sys.argv[1], "lambdarank")
path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(__file__), "..", "ranking.json")


def load(name):
    x, y = load_svmlight_file(os.path.join(folder, name + ".libsvm"), n_features=301, zero_based=True)
    return x.toarray(), y, np.loadtxt(os.path.join(folder, name + ".query"), dtype=int)


common = dict(objective="lambdarank", metric="ndcg,map", eval_at=[1, 3, 5, 10], num_leaves=31, max_bin=255, num_threads=1, verbose=-1,
              deterministic=True, force_row_wise=True)
settings = {
    "defaults": dict(min_data_in_leaf=20, min_sum_hessian_in_leaf=1e-3, lambdarank_truncation_level=30),
    "example": dict(min_data_in_leaf=50, min_sum_hessian_in_leaf=5.0, lambdarank_truncation_level=30),
    "short": dict(min_data_in_leaf=20, min_sum_hessian_in_leaf=1e-3, lambdarank_truncation_level=5),
}
x, y, q = load("train")
tx, ty, tq = load("test")
out = {"tool": "lightgbm " + lightgbm.__version__, "origin": "testdata/gen/ranking.py", "rounds": 100, "settings": {}}
rates = [0.08, 0.09, 0.1, 0.11, 0.12]
out["rates"] = rates


def figures(params):
    booster = lightgbm.train(params, lightgbm.Dataset(x, y, group=q), 100)
    test = lightgbm.Dataset(tx, ty, group=tq, init_score=booster.predict(tx))
    return {n.replace("@", "_"): v for _, n, v, _ in lightgbm.Booster(params, test).eval_train()}


for name, s in settings.items():
    params = {**common, **s}
    first = lightgbm.train({**params, "learning_rate": 0.1}, lightgbm.Dataset(x, y, group=q), 15).predict(tx)
    test = [figures({**params, "learning_rate": r}) for r in rates]
    out["settings"][name] = {"options": s, "test": test, "first": first[:200].tolist()}
    print(name, [(r, t["ndcg_5"]) for r, t in zip(rates, test)], np.mean([t["ndcg_5"] for t in test]))
rng = np.random.default_rng(11)
sizes = rng.integers(1, 16, 60)
columns = np.round(rng.normal(size=(sizes.sum(), 4)), 2)
grade = np.clip(np.round(columns[:, 0] + 0.7 * columns[:, 1] * (columns[:, 2] > 0) + 0.4 * rng.normal(size=len(columns))), 0, 4)
weight = np.repeat(np.round(rng.uniform(0.5, 2, 60), 2), sizes)
params = {**common, **settings["defaults"], "min_data_in_leaf": 10, "num_leaves": 8, "learning_rate": 0.2}
out["small"] = {"columns": columns.T.tolist(), "grade": grade.tolist(), "sizes": sizes.tolist(), "weight": weight.tolist()}
for name, w in (("raw", None), ("raw_weighted", weight)):
    out["small"][name] = lightgbm.train(params, lightgbm.Dataset(columns, grade, group=sizes, weight=w), 12).predict(columns).tolist()
with open(path, "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
