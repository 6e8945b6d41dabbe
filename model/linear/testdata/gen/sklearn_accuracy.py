"""Writes ../accuracy.json: the cross-validated figures of scikit-learn's linear models on public data sets.

Run: pip install scikit-learn==1.9.1 pandas && python sklearn_accuracy.py DATA_FOLDER
Folds, columns and file names are those of model/tree/testdata/accuracy.json. Preparation: median imputation and standardisation of numbers, one-hot of
text (constant for missing, unknown ignored, at most 200 categories); then LogisticRegression(C=1, lbfgs, max_iter 300) or LinearRegression.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

here = pathlib.Path(__file__).parent
data = pathlib.Path(sys.argv[1])
sets = json.loads((here / "../../../tree/testdata/accuracy.json").read_text())["sets"]
out = {"tool": "scikit-learn " + sklearn.__version__, "sets": {}}
for name, s in sets.items():
    df = pd.concat([pd.read_csv(data / f, skipinitialspace=True) for f in s["files"]], ignore_index=True)
    if name == "compas":
        df = df[df.days_b_screening_arrest.between(-30, 30) & (df.is_recid != -1) & (df.c_charge_degree != "O") & df.score_text.notna()]
    target = s["target"] or df.columns[-1]
    y = df[target].reset_index(drop=True)
    x = df.drop(columns=[target, *s["drop"]]).reset_index(drop=True)
    x.columns = s["columns"]
    numbers = [c for c in x.columns if c not in s["categorical"]]
    fold = np.array([int(c) for c in s["fold"]])
    figures = []
    for k in range(5):
        train, test = fold != k, fold == k
        prepare = ColumnTransformer([
            ("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("c", make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore", max_categories=200)),
             s["categorical"]),
        ])
        last = LinearRegression() if s["task"] == "regression" else LogisticRegression(C=1, max_iter=300)
        m = make_pipeline(prepare, last).fit(x[train], y[train])
        if s["task"] == "regression":
            figures.append(float(np.sqrt(np.mean((m.predict(x[test]) - y[test]) ** 2))))
            continue
        p = m.predict_proba(x[test])
        if s["task"] == "binary":
            figures.append(float(roc_auc_score(y[test] == m.classes_[1], p[:, 1])))
        else:
            figures.append(float(roc_auc_score(y[test], p, multi_class="ovr")))
    out["sets"][name] = {"measure": s["measure"], "figure": figures}
    print(name, s["measure"], np.mean(figures))
(here / "../accuracy.json").write_text(json.dumps(out, indent=1) + "\n")
