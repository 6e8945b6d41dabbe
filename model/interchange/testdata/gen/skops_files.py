"""Writes testdata/skops: estimators as skops.io.dump saves them, and what they predict; and testdata/mlflow_skops.

scikit-learn 1.9.1, skops 0.16.0, LightGBM 4.7.0, XGBoost 3.2.0, mlflow-skinny 3.17.2, numpy and pandas as they come with them. Run it in this folder: python skops_files.py
With beginnings of names behind it, it makes these cases anew and keeps the others; -seed and -out are for other cases of the same kinds.
"""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import warnings
import zipfile

import lightgbm as lgb
import mlflow.sklearn
import numpy as np
import pandas as pd
import skops.io
import xgboost as xgb
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
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    Lasso,
    LassoCV,
    LassoLars,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    OrthogonalMatchingPursuit,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore")
flags = argparse.ArgumentParser()
flags.add_argument("-seed", type=int, default=16)
flags.add_argument("-out", type=pathlib.Path, default=pathlib.Path("../skops"))
flags.add_argument("only", nargs="*")
flags = flags.parse_args()
OUT = flags.out
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(flags.seed)
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
only = tuple(flags.only)
cases = json.loads((OUT / "cases.json").read_text()) if only else {}
large = flags.seed != 16  # cases that are not kept may be larger


def plain(v):
    if v is None or v is pd.NA or (isinstance(v, float) and np.isnan(v)):
        return None
    if isinstance(v, float) and np.isinf(v):
        return "inf" if v > 0 else "-inf"
    return v.item() if hasattr(v, "item") else v


def case(name, m, x, y, test=None, **fit):
    if only and not name.startswith(only):
        return
    m.fit(x, y, **fit)
    skops.io.dump(m, OUT / f"{name}.skops", compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    test = x if test is None else test
    test = test[: 60 if large else 12]
    frame = pd.DataFrame(test)
    prefix = {"light": "Column_", "extra": "f"}.get(name.split("_")[0], "x")
    columns = list(frame.columns) if isinstance(test, pd.DataFrame) else [f"{prefix}{i}" for i in range(frame.shape[1])]
    c = {"columns": columns, "rows": [[plain(v) for v in r] for r in frame.itertuples(index=False, name=None)]}
    c["predict"] = [plain(v) for v in m.predict(test)]
    if np.asarray(m.predict(test)).dtype == np.float32:
        c["predict"] = m.predict(test).astype(float).tolist()
    if hasattr(m, "predict_proba"):
        c["probability"] = m.predict_proba(test).tolist()
    if name.startswith("light"):
        c["raw"] = m.predict(test, raw_score=True).reshape(len(test), -1).tolist()
    if name.startswith("extra"):
        c["raw"] = m.predict(test, output_margin=True).astype(float).reshape(len(test), -1).tolist()
    if hasattr(m, "decision_function"):
        c["raw"] = np.reshape(m.decision_function(test), (len(test), -1)).tolist()
    if name in ["hist_gamma", "hist_poisson"]:
        c["raw"] = m._raw_predict(test).tolist()
    if name in ["linear_poisson", "linear_gamma", "linear_tweedie"]:
        c["raw"] = m[-1]._linear_predictor(m[:-1].transform(test)).reshape(-1, 1).tolist()
    if "raw" in c and "probability" not in c and len(np.shape(m.predict(test))) and hasattr(m, "classes_"):
        c["probability"] = [[float(k == p) for k in m.classes_] for p in m.predict(test)]
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
small = dict(max_iter=40 if large else 3, max_leaf_nodes=5, min_samples_leaf=5, random_state=1)
case("hist", HistGradientBoostingClassifier(**small), gaps, yes, edges)
case("hist_dtypes", HistGradientBoostingClassifier(**small), typed, yes, strange)
case("hist_three", HistGradientBoostingClassifier(categorical_features=["shop", "size"], early_stopping=True, max_depth=3, **small), mixed, three, strange)
case("hist_places", HistGradientBoostingRegressor(categorical_features=[1], l2_regularization=0.5, **small), mixed[["age", "size", "delta"]].to_numpy(), score + mixed["size"] % 3,
     strange[["age", "size", "delta"]].to_numpy())
case("hist_scaled", make_pipeline(StandardScaler(), HistGradientBoostingRegressor(**small)), gaps, score, gaps)
case("hist_columns", columns(HistGradientBoostingClassifier(class_weight="balanced", **small)), mixed, three, unseen)
for loss in ["absolute_error", "gamma", "poisson", "quantile"]:
    case("hist_" + loss, HistGradientBoostingRegressor(loss=loss, quantile=0.3 if loss == "quantile" else None, **small), gaps, np.exp(score), edges)
counts = numbers.assign(age=numbers.age.clip(1), spend=numbers.spend.round(), delta=np.exp(numbers.delta))
for name, m, y in [
    ("linear_cv", RidgeCV(), score), ("linear_lasso_cv", LassoCV(), score), ("linear_elastic_cv", ElasticNetCV(), score), ("linear_bayes", BayesianRidge(), score),
    ("linear_ard", ARDRegression(), score), ("linear_huber", HuberRegressor(), score), ("linear_quantile", QuantileRegressor(alpha=0.01), score), ("linear_lars", Lars(), score),
    ("linear_lasso_lars", LassoLars(alpha=0.01), score), ("linear_omp", OrthogonalMatchingPursuit(), score), ("linear_svr", LinearSVR(), score), ("linear_svc", LinearSVC(), yes),
    ("linear_svc_three", LinearSVC(), three), ("linear_ridge_classes", RidgeClassifier(), three), ("linear_ridge_yes", RidgeClassifierCV(), yes), ("linear_perceptron", Perceptron(), three),
    ("linear_hinge", SGDClassifier(random_state=1), yes), ("linear_logistic_cv", LogisticRegressionCV(Cs=2, use_legacy_attributes=False, l1_ratios=(0,), scoring="accuracy"), three),
    ("linear_lda", LinearDiscriminantAnalysis(), three), ("linear_lda_yes", LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1), yes), ("linear_poisson", PoissonRegressor(), np.exp(score)),
    ("linear_gamma", GammaRegressor(), np.exp(score)), ("linear_tweedie", TweedieRegressor(power=1.5), np.exp(score)), ("linear_tweedie_0", TweedieRegressor(power=0), score),
    ("svm_rbf", SVC(), yes), ("svm_three", SVC(C=0.3), three), ("svm_poly", SVC(kernel="poly", degree=2, coef0=0.5, decision_function_shape="ovo"), three),
    ("svm_ties", SVC(kernel="linear", break_ties=True), three), ("svm_sigmoid", SVC(kernel="sigmoid", gamma=0.1), yes), ("svm_chances", SVC(probability=True, random_state=1), yes),
    ("svm_chances_three", SVC(probability=True, random_state=1), three), ("svm_nu", NuSVC(nu=0.3), three), ("svm_number", SVR(C=0.1, epsilon=0.5), score), ("svm_number_nu", NuSVR(nu=0.2, kernel="poly"), score),
    ("bayes_normal", GaussianNB(), three), ("bayes_bits", BernoulliNB(binarize=0.2), yes), ("net", MLPClassifier((5,), max_iter=30, random_state=1), three),
    ("net_yes", MLPClassifier((4, 3), activation="tanh", max_iter=30, random_state=1), yes), ("net_number", MLPRegressor(hidden_layer_sizes=(5,), activation="logistic", max_iter=30, random_state=1), score),
    ("net_counts", MLPRegressor(loss="poisson", hidden_layer_sizes=(3,), max_iter=30, random_state=1), np.exp(score)),
]:
    case(name, make_pipeline(StandardScaler(), m), numbers, y)
case("bayes_counts", MultinomialNB(), counts, three)
case("bayes_rest", ComplementNB(), counts, three)
case("steps_pca", make_pipeline(StandardScaler(), PCA(2), LogisticRegression()), numbers, yes)
case("steps_white", make_pipeline(PCA(3, whiten=True), Ridge()), numbers, score)
case("steps_svd", make_pipeline(TruncatedSVD(2), Ridge()), numbers, score)
case("steps_terms", make_pipeline(StandardScaler(), PolynomialFeatures(3), Ridge()), numbers, score)
case("steps_products", make_pipeline(VarianceThreshold(20), PolynomialFeatures((2, 3), interaction_only=True, include_bias=False), StandardScaler(), Ridge()), numbers, score)
case("steps_missing", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression()), gaps, yes)
case("steps_log", make_pipeline(ColumnTransformer([("log", FunctionTransformer(np.log1p), ["spend"]), ("size", FunctionTransformer(np.absolute), ["delta"])], remainder="passthrough"),
                                StandardScaler(), Ridge()), numbers, score)
few = dict(n_estimators=40 if large else 3, random_state=1)
light = dict(num_leaves=5, min_child_samples=5, verbosity=-1, **few)
extra = dict(max_depth=2, **few)
shops = mixed[["age", "delta"]].assign(shop=mixed["shop"].astype("category"))
case("light", lgb.LGBMClassifier(**light), gaps, yes, edges)
case("light_three", lgb.LGBMClassifier(**light), shops, three)
case("light_columns", columns(lgb.LGBMClassifier(**light)), mixed, three, unseen)
case("light_number", make_pipeline(lgb.LGBMRegressor(objective="poisson", linear_tree=False, **light)), gaps.to_numpy(), np.exp(score), edges.to_numpy())
case("light_stopped", lgb.LGBMClassifier(learning_rate=3.0, **light | {"n_estimators": 8}), numbers[:120], yes[:120], numbers, eval_set=[(numbers[120:], yes[120:])], eval_metric="logloss",
     callbacks=[lgb.early_stopping(2, verbose=False)])
case("light_ranks", lgb.LGBMRanker(**light), numbers, np.where(yes, 1, 0), group=[40] * 4)
case("extra", xgb.XGBClassifier(**extra), numbers, yes.astype(int), gaps)
case("extra_three", xgb.XGBClassifier(**extra), numbers.to_numpy(), np.where(score > 1, 0, np.where(score < -0.5, 1, 2)))
case("extra_columns", columns(xgb.XGBRegressor(objective="reg:gamma", **extra)), mixed, np.exp(score), unseen)
case("extra_forest", xgb.XGBRFRegressor(**extra), gaps, score)
case("extra_stopped", xgb.XGBClassifier(early_stopping_rounds=2, learning_rate=3.0, **extra | {"n_estimators": 8}), numbers[:120], yes[:120].astype(int), numbers,
     eval_set=[(numbers[120:], yes[120:].astype(int))], verbose=False)
case("extra_linear", make_pipeline(StandardScaler(), xgb.XGBRegressor(booster="gblinear", n_estimators=3, updater="coord_descent", feature_selector="cyclic")), numbers, score)
if only or large:
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
