"""Writes ../objectives.json: targets for the columns of ../small.json, and what LightGBM predicts and measures with every objective.

    pip install lightgbm==4.7.0
    python objectives.py
"""

import json
import os

import lightgbm
import numpy as np

here = os.path.join(os.path.dirname(__file__), "..")
with open(os.path.join(here, "small.json")) as f:
    small = json.load(f)
x = np.array([[np.nan if v is None else v for v in c] for c in small["columns"]]).T
value, weight = np.array(small["value"]), np.array(small["weight"])
rng = np.random.default_rng(11)
counts = rng.poisson(np.exp(value / 3)).astype(float)
amounts = np.round(np.exp(value / 3) * rng.gamma(2, 0.5, len(value)), 3) + 0.001
claims = np.where(rng.random(len(value)) < 0.5, 0, amounts)
offset = np.round(rng.normal(size=len(value)), 2)
cls = np.array(small["cls"])
common = dict(num_leaves=15, learning_rate=0.2, min_data_in_leaf=10, verbose=-1, deterministic=True, force_row_wise=True, num_threads=1,
              cat_smooth=10, cat_l2=10)


def run(name, label, objective, weighted=False, init=None, **o):
    ds = lightgbm.Dataset(x, label, weight=weight if weighted else None, init_score=init, categorical_feature=[2, 3])
    losses = {}
    m = lightgbm.train({**common, "objective": objective, **o}, ds, 12, valid_sets=[ds], valid_names=["v"],
                       callbacks=[lightgbm.record_evaluation(losses)])
    (loss,) = losses["v"].values()
    raw = m.predict(x, raw_score=True)
    return dict(name=name, raw=np.round(raw if raw.ndim == 1 else raw[:, 0], 9).tolist(), losses=np.round(loss, 9).tolist())


cases = []
for w in (False, True):
    for name, label, objective, o in [
        ("squared_error", value, "regression", {}),
        ("absolute_error", value, "regression_l1", {}),
        ("huber", value, "huber", dict(alpha=0.7)),
        ("quantile", value, "quantile", dict(alpha=0.8)),
        ("poisson", counts, "poisson", {}),
        ("gamma", amounts, "gamma", {}),
        ("tweedie", claims, "tweedie", dict(tweedie_variance_power=1.3)),
        ("log_loss", (cls > 0).astype(int), "binary", {}),
        ("softmax", cls, "multiclass", dict(num_class=3)),
    ]:
        cases.append({**run(name, label, objective, w, **o), "weighted": w})
for name, label, objective in [("squared_error", value, "regression"), ("poisson", counts, "poisson"), ("log_loss", (cls > 0).astype(int), "binary"),
                               ("absolute_error", value, "regression_l1")]:
    cases.append({**run(name, label, objective, init=offset), "weighted": False, "offset": True})


def softmax(raw, ds):  # multiclass, as a host would write it
    p = np.exp(raw - raw.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    g, h = p - np.eye(3)[ds.get_label().astype(int)], 1.5 * p * (1 - p)
    w = ds.get_weight()
    return (g, h) if w is None else (g * w[:, None], h * w[:, None])


def classes(name, objective, weighted=False, init=None, rounds=12, **o):
    ds = lightgbm.Dataset(x, cls, weight=weight if weighted else None, init_score=init, categorical_feature=[2, 3], free_raw_data=False)
    m = lightgbm.train({**common, "objective": objective, "num_class": 3}, ds, rounds, **o)
    return dict(name=name, weighted=weighted, offset=init is not None, raw=np.round(m.predict(x, raw_score=True).T, 9).tolist()), m


offsets = np.round(rng.normal(size=(len(value), 3)), 2)
multi = [
    classes("softmax", "multiclass", init=offsets)[0],
    classes("softmax", "multiclass", True, offsets)[0],
    classes("custom", softmax)[0],
    classes("custom", softmax, True)[0],
    classes("custom", softmax, True, offsets)[0],
    classes("continued softmax", "multiclass", init_model=classes("", "multiclass", rounds=5)[1], rounds=7)[0],
    classes("continued custom", softmax, init_model=classes("", softmax, rounds=5)[1], rounds=7)[0],
]
doc = dict(tool="lightgbm " + lightgbm.__version__, counts=counts.tolist(), amounts=amounts.tolist(), claims=claims.tolist(), offset=offset.tolist(), cases=cases,
           offsets=offsets.T.tolist(), multi=multi)
with open(os.path.join(here, "objectives.json"), "w") as f:
    json.dump(doc, f)
    f.write("\n")
