"""Writes testdata/skops: estimators as skops.io.dump saves them, and what they predict; and testdata/mlflow_skops.

scikit-learn 1.9.1, skops 0.16.0, mlflow-skinny 3.17.2, numpy and pandas as they come with them. Run it in this folder: python skops_files.py
With beginnings of names behind it, it makes these cases anew and keeps the others.
"""
import json
import pathlib
import shutil
import sys
import tempfile
import warnings
import zipfile

import mlflow.sklearn
import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore")
OUT = pathlib.Path("../skops")
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(16)
n = 160
numbers = pd.DataFrame({"age": rng.normal(40, 12, n), "spend": rng.lognormal(2, 1, n), "delta": rng.normal(size=n)})
score = numbers.delta + (numbers.age - 40) / 12 + rng.normal(0, 0.3, n)
three = np.array(["high", "low", "mid"])[np.where(score > 1, 0, np.where(score < -0.5, 1, 2))]
yes = np.asarray(score > 0)
gaps = numbers.copy()
gaps.loc[rng.random(n) < 0.2, "age"] = np.nan
gaps.loc[rng.random(n) < 0.2, "delta"] = np.nan
mixed = gaps.assign(shop=rng.choice(["north", "south", "west"], n), size=rng.choice([1, 2, 5], n))
mixed.loc[rng.random(n) < 0.15, "shop"] = None
only = tuple(sys.argv[1:])
cases = json.loads((OUT / "cases.json").read_text()) if only else {}


def plain(v):
    if v is None or v is pd.NA or (isinstance(v, float) and np.isnan(v)):
        return None
    if isinstance(v, float) and np.isinf(v):
        return "inf" if v > 0 else "-inf"
    return v.item() if hasattr(v, "item") else v


def case(name, m, x, y, test=None):
    if only and not name.startswith(only):
        return
    m.fit(x, y)
    skops.io.dump(m, OUT / f"{name}.skops", compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    test = x if test is None else test
    test = test[:12]
    frame = pd.DataFrame(test)
    columns = list(frame.columns) if isinstance(test, pd.DataFrame) else [f"x{i}" for i in range(frame.shape[1])]
    c = {"columns": columns, "rows": [[plain(v) for v in r] for r in frame.itertuples(index=False, name=None)]}
    c["predict"] = [plain(v) for v in m.predict(test)]
    if hasattr(m, "predict_proba"):
        c["probability"] = m.predict_proba(test).tolist()
    if hasattr(m, "decision_function"):
        c["raw"] = np.reshape(m.decision_function(test), (len(test), -1)).tolist()
    if name in ["hist_gamma", "hist_poisson"]:
        c["raw"] = m._raw_predict(test).tolist()
    cases[name] = c


def columns(last):
    return Pipeline([
        ("columns", ColumnTransformer([
            ("numbers", Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())]), ["age", "delta"]),
            ("shop", Pipeline([("fill", SimpleImputer(strategy="most_frequent")), ("hot", OneHotEncoder(handle_unknown="ignore"))]), ["shop"]),
            ("size", OneHotEncoder(drop="first", handle_unknown="ignore"), [4]),
        ], remainder="passthrough")),
        ("last", last),
    ])


unseen = mixed[:12].copy()
unseen.loc[2, "shop"] = "abroad"
unseen.loc[3, "size"] = 77
case("logistic", LogisticRegression(), numbers, yes)
case("multinomial", make_pipeline(StandardScaler(), LogisticRegression()), numbers, three)
case("linear", LinearRegression(), numbers, score)
case("lasso", make_pipeline(RobustScaler(), Lasso(alpha=0.1)), numbers, score)
case("elastic", make_pipeline(MinMaxScaler(clip=True, feature_range=(-1, 2)), ElasticNet(alpha=0.01)), numbers[20:], score[20:], numbers)
case("ridge", make_pipeline(MaxAbsScaler(), "passthrough", Ridge(fit_intercept=False)), numbers.to_numpy(), score)
case("sgd", make_pipeline(StandardScaler(), SGDRegressor(random_state=1)), numbers, score)
case("sgd_classes", make_pipeline(StandardScaler(with_mean=False), SGDClassifier(loss="log_loss", random_state=1)), numbers, three)
case("mixed", columns(LogisticRegression()), mixed, three, unseen)
case("ordinal", Pipeline([
    ("columns", ColumnTransformer([
        ("fill", SimpleImputer(strategy="constant", fill_value=-1.5), ["age"]),
        ("shop", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-3, encoded_missing_value=9), ["shop"]),
        ("size", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["size"]),
        ("gone", "drop", ["spend"]),
        ("hot", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["shop"]),
    ])),
    ("last", LogisticRegression()),
]), mixed, np.where(yes, 7, 3), unseen)
case("tree_gaps", DecisionTreeClassifier(max_depth=4, random_state=1), gaps, three)
case("tree_number", DecisionTreeRegressor(max_depth=4, random_state=1), numbers, score)
case("forest", RandomForestClassifier(4, max_depth=3, random_state=1, n_jobs=1), gaps, three)
case("forest_number", RandomForestRegressor(4, max_depth=3, random_state=1, n_jobs=1), gaps, score)
case("forest_extra", ExtraTreesClassifier(4, max_depth=3, random_state=1, n_jobs=1), numbers, yes)
case("forest_extra_number", ExtraTreesRegressor(4, max_depth=3, random_state=1, n_jobs=1), numbers, score)
case("boosting", GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=1), numbers, yes)
case("boosting_three", columns(GradientBoostingClassifier(n_estimators=1, max_depth=2, random_state=1, subsample=0.8)), mixed, three, unseen)
case("boosting_number", GradientBoostingRegressor(n_estimators=3, max_depth=2, loss="huber", random_state=1), numbers, score)
case("boosting_zero", GradientBoostingRegressor(n_estimators=1, max_depth=2, init="zero", learning_rate=0.3, random_state=1), numbers, score)
edges = gaps[:12].copy()
edges.iloc[0] = [np.inf, -np.inf, np.inf]
edges.iloc[1] = [-1e300, 1e300, 0]
edges.iloc[2] = np.nan
typed, strange = mixed.astype({"shop": "category", "size": "category"}), unseen.copy()
strange.loc[4, "spend"], strange.loc[5, "delta"], strange.loc[6, "size"] = np.inf, -np.inf, -1
small = dict(max_iter=3, max_leaf_nodes=5, min_samples_leaf=5, random_state=1)
case("hist", HistGradientBoostingClassifier(**small), gaps, yes, edges)
case("hist_dtypes", HistGradientBoostingClassifier(**small), typed, yes, strange)
case("hist_three", HistGradientBoostingClassifier(categorical_features=["shop", "size"], early_stopping=True, max_depth=3, **small), mixed, three, strange)
case("hist_places", HistGradientBoostingRegressor(categorical_features=[1], l2_regularization=0.5, **small), mixed[["age", "size", "delta"]].to_numpy(), score + mixed["size"] % 3,
     strange[["age", "size", "delta"]].to_numpy())
case("hist_scaled", make_pipeline(StandardScaler(), HistGradientBoostingRegressor(**small)), gaps, score, gaps)
case("hist_columns", columns(HistGradientBoostingClassifier(class_weight="balanced", **small)), mixed, three, unseen)
for loss in ["absolute_error", "gamma", "poisson", "quantile"]:
    case("hist_" + loss, HistGradientBoostingRegressor(loss=loss, quantile=0.3 if loss == "quantile" else None, **small), gaps, np.exp(score), edges)
if only:
    (OUT / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    sys.exit()
with tempfile.TemporaryDirectory() as folder:  # an MLflow directory of the case logistic, without what is not read
    path = pathlib.Path(folder) / "model"
    m = LogisticRegression().fit(numbers, yes)
    mlflow.sklearn.save_model(m, path, serialization_format="skops", signature=mlflow.models.infer_signature(numbers, yes), pip_requirements=[])
    to = pathlib.Path("../mlflow_skops")
    to.mkdir(exist_ok=True)
    for f in ["MLmodel", "model.skops"]:
        shutil.copy(path / f, to / f)
(OUT / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
