"""Writes ../fairness.json: what fairlearn says of predictions by groups.

    pip install fairlearn==0.15.0
    python fairness.py
"""

import json
import os
import warnings

import fairlearn
import fairlearn.metrics as fm
import numpy as np

warnings.simplefilter("ignore")


def rates(y, p, g, w):
    k = {} if w is None else {"sample_weight": w}
    frame = fm.MetricFrame(
        metrics=dict(selection=fm.selection_rate, tpr=fm.true_positive_rate, fpr=fm.false_positive_rate), y_true=y, y_pred=p, sensitive_features=g,
        sample_params=None if w is None else {m: k for m in ("selection", "tpr", "fpr")})
    out = {m: frame.by_group[m].sort_index().tolist() for m in ("selection", "tpr", "fpr")}
    for name in ("demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference", "equalized_odds_ratio", "equal_opportunity_difference"):
        v = float(getattr(fm, name)(y, p, sensitive_features=g, **k))
        out[name] = None if np.isnan(v) else v
    return out


rng = np.random.default_rng(5)
cases = {}
n = 400
g = rng.integers(0, 4, n)
y = (rng.random(n) < 0.3 + 0.1 * g).astype(int)
p = np.where(rng.random(n) < 0.7 + 0.05 * g, y, 1 - y)
cases["four"] = (y, p, g)
cases["one"] = (y, p, np.zeros(n, int))
cases["none selected"] = (y, np.zeros(n, int), g)
cases["all selected"] = (y, np.ones(n, int), g)
cases["no positives in a group"] = (np.where(g == 2, 0, y), p, g)
cases["no negatives in a group"] = (np.where(g == 1, 1, y), p, g)
cases["no false positives"] = (y, y * p, g)
w = np.round(rng.random(n) * 2, 3)
doc = dict(tool="fairlearn " + fairlearn.__version__, weight=w.tolist(), cases=[])
for name, (y, p, g) in cases.items():
    doc["cases"].append(dict(name=name, actual=y.tolist(), predicted=p.tolist(), group=g.tolist(), plain=rates(y, p, g, None), weighted=rates(y, p, g, w)))
with open(os.path.join(os.path.dirname(__file__), "..", "fairness.json"), "w") as f:
    json.dump(doc, f)
    f.write("\n")
