"""Writes ../depthwise.json: the cross-validated figures of XGBoost's depth-wise histograms on sets of numbers, over the folds of ../accuracy.json.

    pip install xgboost==3.2.0 pandas scikit-learn
    python depthwise.py DATA_FOLDER mammography telescope satellite bike
"""

import json
import os
import sys

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import roc_auc_score

folder = os.path.join(os.path.dirname(__file__), "..")
with open(os.path.join(folder, "accuracy.json")) as f:
    sets = json.load(f)["sets"]
settings = dict(n_estimators=100, learning_rate=0.1, tree_method="hist", grow_policy="depthwise", max_depth=6, max_bin=255, reg_lambda=1, min_child_weight=1,
                n_jobs=1)
figures = {}
for name in sys.argv[2:]:
    s = sets[name]
    df = pd.concat([pd.read_csv(os.path.join(sys.argv[1], f), skipinitialspace=True) for f in s["files"]], ignore_index=True)
    target = s["target"] or df.columns[-1]
    y, x = df[target], df.drop(columns=[target, *s["drop"]])
    assert not s["categorical"] and len(x.columns) == len(s["columns"]), name
    fold = np.array([int(c) for c in s["fold"]])
    figures[name] = []
    for k in range(5):
        train, test = fold != k, fold == k
        if s["task"] == "regression":
            m = xgboost.XGBRegressor(**settings).fit(x[train], y[train])
            figures[name].append(float(np.sqrt(np.mean((m.predict(x[test]) - y[test]) ** 2))))
            continue
        classes = sorted(y.unique())
        code = y.map({c: i for i, c in enumerate(classes)})
        m = xgboost.XGBClassifier(**settings).fit(x[train], code[train])
        p = m.predict_proba(x[test])
        figures[name].append(float(roc_auc_score(code[test], p[:, 1] if len(classes) == 2 else p, multi_class="ovr")))
    print(name, s["measure"], np.mean(figures[name]))
with open(os.path.join(folder, "depthwise.json"), "w") as f:
    json.dump(dict(tool="xgboost " + xgboost.__version__, figure=figures), f)
    f.write("\n")
