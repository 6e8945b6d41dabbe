"""Writes ../isolation.json: rows in three columns, a few of them far from the others, and the mean of scikit-learn's anomaly scores over many forests.

    pip install scikit-learn==1.9.1
    python isolation.py [../isolation.json]
"""

import json
import os
import sys

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

r = np.random.default_rng(1)
x = r.normal(size=(600, 3)) * [1, 3, 0.5]
x[:, 2] += 0.3 * x[:, 1]
x[:30] = r.uniform(-8, 8, size=(30, 3))
x = np.round(x, 3)
anomaly = np.arange(600) < 30

out = {"tool": "scikit-learn " + sklearn.__version__, "rows": x.tolist(), "anomalies": 30}
for rows in (256, 64):
    scores = np.array([-IsolationForest(n_estimators=100, max_samples=rows, random_state=s).fit(x).score_samples(x) for s in range(40)])
    out["score_%d" % rows] = np.round(scores.mean(axis=0), 5).tolist()
    out["auc_%d" % rows] = float(np.mean([roc_auc_score(anomaly, s) for s in scores]))
    print(rows, out["auc_%d" % rows], scores.std(axis=0).max())
m = IsolationForest(n_estimators=100, contamination=0.05, random_state=0).fit(x)
out["flagged"] = int((m.predict(x) < 0).sum())
print(out["flagged"])
with open(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "isolation.json"), "w") as f:
    json.dump(out, f)
    f.write("\n")
