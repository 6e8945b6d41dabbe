"""Writes ../accuracy.json: the cross-validated figures of LightGBM on public data sets, with the folds.

    pip install lightgbm==4.7.0 pandas scikit-learn
    python accuracy.py DATA_FOLDER [../accuracy.json]

The folds, columns and file names are read from the existing accuracy.json (five folds, shuffled, stratified for classes; `fold` has one digit a row, in
file order, naming the fold in which the row is tested) and kept; the figures are computed anew.
"""

import json
import os
import sys

import lightgbm
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

data = sys.argv[1]
path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(__file__), "..", "accuracy.json")
with open(path) as f:
    doc = json.load(f)

settings = dict(n_estimators=100, learning_rate=0.1, num_leaves=31, min_child_samples=20, max_bin=255, n_jobs=1, verbose=-1, deterministic=True,
                force_row_wise=True)


def load(name, s):
    df = pd.concat([pd.read_csv(os.path.join(data, f), skipinitialspace=True) for f in s["files"]], ignore_index=True)
    if name == "compas":
        df = df[df.days_b_screening_arrest.between(-30, 30) & (df.is_recid != -1) & (df.c_charge_degree != "O") & df.score_text.notna()]
    if s["target"] == "":
        y, x = df.iloc[:, -1], df.iloc[:, :-1]
    else:
        y, x = df[s["target"]], df.drop(columns=[s["target"]])
    x = x.drop(columns=s["drop"]).reset_index(drop=True)
    assert len(x.columns) == len(s["columns"]), name
    x.columns = s["columns"]
    for c in s["categorical"]:
        x[c] = x[c].astype("category")
    return x, y.reset_index(drop=True)


for name, s in doc["sets"].items():
    x, y = load(name, s)
    fold = np.array([int(c) for c in s["fold"]])
    assert len(fold) == len(y), name
    figures = []
    for k in range(5):
        train, test = fold != k, fold == k
        if s["task"] == "regression":
            m = lightgbm.LGBMRegressor(**settings).fit(x[train], y[train])
            figures.append(float(np.sqrt(np.mean((m.predict(x[test]) - y[test]) ** 2))))
            continue
        m = lightgbm.LGBMClassifier(**settings).fit(x[train], y[train])
        p = m.predict_proba(x[test])
        if s["task"] == "binary":
            positive = s["positive"] if s["positive"] != "" else str(m.classes_[1])
            figures.append(float(roc_auc_score(y[test].astype(str) == positive, p[:, [str(c) for c in m.classes_].index(positive)])))
        else:
            figures.append(float(roc_auc_score(y[test], p, multi_class="ovr")))
    s["figure"] = figures
    print(name, s["measure"], np.mean(figures), figures)
doc["tool"] = "lightgbm " + lightgbm.__version__
with open(path, "w") as f:
    json.dump(doc, f, indent=1)
    f.write("\n")
