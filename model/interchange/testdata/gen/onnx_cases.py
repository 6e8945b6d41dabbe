"""Models of scikit-learn, LightGBM and XGBoost as ONNX with the answers of onnxruntime, in the form that onnx_test.go reads.

    python onnx_cases.py FOLDER [--small]

Every case NAME is NAME.onnx and NAME.json: the columns, the rows (null is NaN), the outputs of onnxruntime and whether its scores are probabilities. --small writes
the cases that are kept in testdata/onnx. Versions: scikit-learn 1.9.1, skl2onnx 1.20.0, onnxmltools 1.16.0, lightgbm 4.7.0, xgboost 3.2.0, onnxruntime 1.31.1.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
import onnxruntime as ort
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import BooleanTensorType, DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn import (calibration, cluster, covariance, cross_decomposition, decomposition, discriminant_analysis, ensemble, feature_selection, gaussian_process, impute,
                     kernel_approximation, linear_model, mixture, multiclass, multioutput, naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree)
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor

warnings.filterwarnings("ignore")
SMALL = {
    "old_opset", "text_imputed", "categorical_nb", "gb_classes", "tree_reg",
    "logistic", "logistic_ovr_text", "forest_binary", "hist_like_double", "svc_proba", "svc_binary", "svr", "ada", "knn_classes", "ordinal_text", "mixed_zipmap", "kmeans", "iforest",
    "mlp_binary", "qda", "kbins", "normalizer_l2", "lgbm_binary", "xgb_classes", "double_gb", "voting_soft", "calibrated", "linear_svc", "multinomial_nb", "minkowski",
}
out = pathlib.Path(sys.argv[1])
small = "--small" in sys.argv
refused = []


def number(x):
    x = float(x)
    return None if x != x else x


def plain(v, n):
    """One output of onnxruntime as lists, one for each of n rows."""
    if isinstance(v, list):  # a ZipMap: lists of maps
        return [{"keys": [str(k) for k in m], "values": [number(x) for x in m.values()]} for m in v]
    v = np.asarray(v)
    v = v.reshape(n, -1)
    return [[x if isinstance(x, str) else bool(x) if isinstance(x, (bool, np.bool_)) else number(x) for x in row] for row in v.tolist()]


def write(name, model, columns, probability):
    """columns: name → array of one column, or {"X": matrix}."""
    if small and name not in SMALL:
        return
    blob = model.SerializeToString()
    session = ort.InferenceSession(blob, providers=["CPUExecutionProvider"])
    feeds = {k: np.asarray(v if np.ndim(v) == 2 else np.asarray(v).reshape(-1, 1)) for k, v in columns.items()}
    answers = session.run(None, feeds)
    names, rows = [], []
    for k, v in feeds.items():
        names += [k] if v.shape[1] == 1 else [f"{k}_{i}" for i in range(v.shape[1])]
    for i in range(len(next(iter(feeds.values())))):
        row = []
        for v in feeds.values():
            row += [x if isinstance(x, str) else number(x) for x in v[i].tolist()]
        rows.append(row)
    case = {"columns": names, "probability": probability, "rows": rows, "outputs": {o.name: plain(a, len(rows)) for o, a in zip(session.get_outputs(), answers)}}
    (out / f"{name}.onnx").write_bytes(blob)
    (out / f"{name}.json").write_text(json.dumps(case, separators=(",", ":"), allow_nan=False) + "\n")


def data(seed, k=0, p=5, n=300, positive=False):
    r = np.random.default_rng(seed)
    X = r.normal(size=(n, p)) * 10.0 ** r.integers(-1, 2, p)
    if positive:
        X = np.abs(X)
    X = X.astype(np.float32)
    y = X[:, 0] / X[:, 0].std() + np.sin(X[:, 1]) + r.normal(size=n) * 0.3
    if k:
        y = np.digitize(y, np.quantile(y, np.arange(1, k) / k))
    return X, y


def sk(name, seed, model, k=0, labels=None, double=False, missing=False, options=None, rows=20, zipmap=False, p=5, positive=False, target=None, opset=None):
    if small and name not in SMALL:
        return
    try:
        X, y = data(seed, k, p=p, positive=positive)
        if target is not None:
            y = target(y)
        if labels is not None:
            y = np.array(labels, dtype=object)[y]
            y = y.astype(str)
        if missing:
            X[np.random.default_rng(seed + 1).random(X.shape) < 0.1] = np.nan
        model.fit(X, y)
        opts = dict(options or {})
        classes = hasattr(model, "classes_") or (isinstance(model, pipeline.Pipeline) and hasattr(model[-1], "classes_"))
        if classes and not zipmap and not isinstance(model, svm.LinearSVC):
            opts["zipmap"] = False
        if double:
            X = X.astype(np.float64)
        onx = to_onnx(model, initial_types=[("X", (DoubleTensorType if double else FloatTensorType)([None, p]))], options={id(model): opts} if opts else None, target_opset=opset)
        write(name, onx, {"X": X[:rows]}, hasattr(model, "predict_proba") or "voting_hard" in name)
    except Exception as e:  # noqa: BLE001: what the converter does not do is said and left out
        refused.append((name, type(e).__name__ + ": " + str(e).split("\n")[0][:140]))


def frame(name, seed, model, k=2, steps=None, zipmap=False, labels=None, rows=20, unknown=False, types=None):
    """A ColumnTransformer over floats with missing values, integers and texts."""
    if small and name not in SMALL:
        return
    try:
        r = np.random.default_rng(seed)
        n = 400
        f = pd.DataFrame({"age": r.normal(40, 12, n).astype(np.float32), "spend": r.exponential(50, n).astype(np.float32), "visits": r.integers(0, 9, n),
                          "town": r.choice(["Bonn", "Köln", "", "a b"], n), "plan": r.choice(["free", "paid"], n)})
        y = f.age / 12 + (f.town == "Köln") * 2 + np.log1p(f.spend) + (f.plan == "paid") + r.normal(size=n)
        y = np.digitize(y, np.quantile(y, np.arange(1, k) / k)) if k else y
        if labels:
            y = np.array(labels)[y]
        f.loc[r.random(n) < 0.2, "spend"] = np.nan
        steps = steps or [
            ("numbers", pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler()), ["age", "spend"]),
            ("counts", preprocessing.MinMaxScaler(), ["visits"]),
            ("texts", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["town", "plan"]),
        ]
        m = pipeline.make_pipeline(ColumnTransformer(steps), model).fit(f, y)
        kinds = [("age", FloatTensorType([None, 1])), ("spend", FloatTensorType([None, 1])), ("visits", Int64TensorType([None, 1])), ("town", StringTensorType([None, 1])),
                 ("plan", StringTensorType([None, 1]))]
        onx = to_onnx(m, initial_types=kinds, options={id(m): {"zipmap": zipmap}} if k and not zipmap else None)
        t = f[:rows].copy()
        if unknown:
            t.loc[t.index[:3], "town"] = "nowhere"
        feeds = {c: t[[c]].to_numpy() for c in t.columns}
        for c in ("town", "plan"):
            feeds[c] = feeds[c].astype(object)
        known = {i.name for i in onx.graph.input}
        write(name, onx, {c: v for c, v in feeds.items() if c in known}, bool(k and hasattr(m, "predict_proba")))
    except Exception as e:  # noqa: BLE001
        refused.append((name, type(e).__name__ + ": " + str(e).split("\n")[0][:140]))


def linear():
    lm = linear_model
    sk("logistic", 1, lm.LogisticRegression(max_iter=300), 2)
    sk("logistic_classes", 2, lm.LogisticRegression(max_iter=300), 4)
    sk("logistic_ovr_text", 3, multiclass.OneVsRestClassifier(lm.LogisticRegression(max_iter=300)), 3, labels=["bad", "fair", "good"])
    sk("logistic_text", 4, lm.LogisticRegression(max_iter=300), 2, labels=["no", "yes"], zipmap=True)
    sk("logistic_double", 5, lm.LogisticRegression(max_iter=300), 3, double=True)
    for i, (n, m) in enumerate({"linear": lm.LinearRegression(), "ridge": lm.Ridge(2), "lasso": lm.Lasso(0.01), "elastic": lm.ElasticNet(0.02), "sgd_reg": lm.SGDRegressor(random_state=1),
                                "huber": lm.HuberRegressor(), "bayes_ridge": lm.BayesianRidge(), "ard": lm.ARDRegression(), "lars": lm.Lars(), "omp": lm.OrthogonalMatchingPursuit(),
                                "theil": lm.TheilSenRegressor(random_state=1, max_subpopulation=200), "ransac": lm.RANSACRegressor(random_state=1), "quantile_reg": lm.QuantileRegressor()}.items()):
        sk(n, 10 + i, m)
    sk("ridge_double", 30, lm.Ridge(2), double=True)
    sk("poisson", 31, lm.PoissonRegressor(), positive=True, target=np.abs)
    sk("gamma_glm", 32, lm.GammaRegressor(), positive=True, target=lambda y: np.abs(y) + 0.1)
    sk("tweedie", 33, lm.TweedieRegressor(power=1.5), positive=True, target=np.abs)
    sk("sgd_log", 34, lm.SGDClassifier(loss="log_loss", random_state=1), 2)
    sk("sgd_log_classes", 35, lm.SGDClassifier(loss="log_loss", random_state=1), 3)
    sk("sgd_hinge", 36, lm.SGDClassifier(random_state=1), 3)
    sk("sgd_huber", 37, lm.SGDClassifier(loss="modified_huber", random_state=1), 3)
    sk("perceptron", 38, lm.Perceptron(random_state=1), 2)
    sk("ridge_classes", 39, lm.RidgeClassifier(), 3)
    sk("ridge_binary", 40, lm.RidgeClassifier(), 2)
    sk("lda", 41, discriminant_analysis.LinearDiscriminantAnalysis(), 3)
    sk("qda", 42, discriminant_analysis.QuadraticDiscriminantAnalysis(), 3)
    sk("linear_svc", 43, svm.LinearSVC(), 2)
    sk("linear_svc_classes", 44, svm.LinearSVC(), 3)
    sk("linear_svr", 45, svm.LinearSVR())
    sk("multi_output", 46, lm.Ridge(), target=lambda y: np.stack([y, -y], 1))
    sk("target_log", 47, TransformedTargetRegressor(lm.Ridge(), func=np.log1p, inverse_func=np.expm1), target=np.abs)


def trees():
    e = ensemble
    sk("tree_binary", 100, tree.DecisionTreeClassifier(max_depth=4, random_state=1), 2)
    sk("tree_classes", 101, tree.DecisionTreeClassifier(max_depth=4, random_state=1), 4, labels=list("dcba"))
    sk("tree_reg", 102, tree.DecisionTreeRegressor(max_depth=4, random_state=1))
    sk("extra_tree", 103, tree.ExtraTreeClassifier(max_depth=4, random_state=1), 3)
    sk("forest_binary", 104, e.RandomForestClassifier(6, max_depth=4, random_state=1), 2)
    sk("forest_text", 105, e.RandomForestClassifier(20, max_depth=4, random_state=1), 3, labels=["lo", "mid", "hi"], zipmap=True)
    sk("forest_big", 106, e.RandomForestClassifier(120, max_depth=7, random_state=1), 3, rows=120)
    sk("forest_reg", 107, e.RandomForestRegressor(30, max_depth=5, random_state=1), rows=100)
    sk("extra_trees", 108, e.ExtraTreesClassifier(20, max_depth=5, random_state=1), 3)
    sk("extra_trees_reg", 109, e.ExtraTreesRegressor(20, max_depth=5, random_state=1))
    sk("gb_binary", 110, e.GradientBoostingClassifier(n_estimators=12, random_state=1), 2)
    sk("gb_classes", 111, e.GradientBoostingClassifier(n_estimators=8, random_state=1), 3)
    sk("gb_reg", 112, e.GradientBoostingRegressor(n_estimators=20, random_state=1))
    sk("double_gb", 113, e.GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=1), 3, double=True)
    sk("hist_like_double", 114, e.RandomForestClassifier(4, max_depth=3, random_state=1), 2, double=True)
    sk("hist_binary", 115, e.HistGradientBoostingClassifier(max_iter=10, random_state=1), 2, missing=True)
    sk("hist_classes", 116, e.HistGradientBoostingClassifier(max_iter=8, random_state=1), 3, missing=True)
    sk("hist_reg", 117, e.HistGradientBoostingRegressor(max_iter=10, random_state=1), missing=True)
    sk("ada", 118, e.AdaBoostClassifier(n_estimators=5, random_state=1), 2)
    sk("ada_classes", 119, e.AdaBoostClassifier(tree.DecisionTreeClassifier(max_depth=2), n_estimators=6, random_state=1), 3)
    sk("ada_reg", 120, e.AdaBoostRegressor(n_estimators=6, random_state=1))
    sk("bagging", 121, e.BaggingClassifier(tree.DecisionTreeClassifier(max_depth=3), 6, random_state=1), 3)
    sk("bagging_reg", 122, e.BaggingRegressor(tree.DecisionTreeRegressor(max_depth=3), 6, random_state=1))
    sk("iforest", 123, e.IsolationForest(n_estimators=6, max_samples=32, random_state=1), opset={"": 18, "ai.onnx.ml": 3})
    sk("voting_soft", 124, e.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3))], voting="soft", flatten_transform=False), 3)
    sk("voting_hard", 125, e.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3)), ("c", naive_bayes.GaussianNB())], flatten_transform=False), 3)
    sk("voting_reg", 126, e.VotingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=3))]))
    sk("stacking", 127, e.StackingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3))]), 3)
    sk("stacking_reg", 128, e.StackingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=3))]))
    sk("calibrated", 129, calibration.CalibratedClassifierCV(svm.LinearSVC(), cv=2), 3)
    sk("calibrated_isotonic", 130, calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), method="isotonic", cv=2), 2)
    sk("one_vs_one", 131, multiclass.OneVsOneClassifier(linear_model.LogisticRegression()), 3)
    sk("chain", 132, multioutput.MultiOutputRegressor(linear_model.Ridge()), target=lambda y: np.stack([y, -y], 1))
    sk("tree_leaves_missing", 133, tree.DecisionTreeClassifier(max_depth=4, random_state=1), 3, missing=True)


def others():
    n = neighbors
    sk("svc_binary", 200, svm.SVC(), 2)
    sk("svc_classes", 201, svm.SVC(), 3)
    sk("svc_poly", 202, svm.SVC(kernel="poly", coef0=1.0, gamma=0.01), 3, labels=["x", "y", "z"])
    sk("svc_linear", 203, svm.SVC(kernel="linear"), 2)
    sk("svc_sigmoid", 204, svm.SVC(kernel="sigmoid", gamma=0.001), 3)
    sk("svc_proba", 205, svm.SVC(probability=True, random_state=1), 3)
    sk("svc_proba_binary", 206, svm.SVC(probability=True, random_state=1), 2, labels=["no", "yes"])
    sk("nu_svc", 207, svm.NuSVC(), 3)
    sk("svr", 208, svm.SVR(C=3))
    sk("svr_poly", 209, svm.SVR(kernel="poly", gamma=0.001))
    sk("nu_svr", 210, svm.NuSVR())
    sk("one_class_svm", 211, svm.OneClassSVM())
    sk("knn_classes", 212, n.KNeighborsClassifier(3), 3)
    sk("knn_weights", 213, n.KNeighborsClassifier(4, weights="distance"), 3)
    sk("knn_text", 214, n.KNeighborsClassifier(5), 2, labels=["no", "yes"])
    sk("knn_reg", 215, n.KNeighborsRegressor(4))
    sk("knn_reg_weights", 216, n.KNeighborsRegressor(4, weights="distance"))
    sk("knn_manhattan", 217, n.KNeighborsRegressor(4, metric="manhattan"))
    sk("minkowski", 218, n.KNeighborsRegressor(4, p=3))
    sk("knn_cdist", 219, n.KNeighborsClassifier(3), 3, options={"optim": "cdist"})
    sk("radius", 220, n.RadiusNeighborsClassifier(30.0), 2)
    sk("centroid", 221, n.NearestCentroid(), 3)
    sk("gaussian_nb", 222, naive_bayes.GaussianNB(), 3, labels=["lo", "mid", "hi"])
    sk("multinomial_nb", 223, naive_bayes.MultinomialNB(), 3, positive=True)
    sk("complement_nb", 224, naive_bayes.ComplementNB(), 3, positive=True)
    sk("bernoulli_nb", 225, naive_bayes.BernoulliNB(), 2)
    sk("categorical_nb", 226, pipeline.make_pipeline(preprocessing.KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"), naive_bayes.CategoricalNB()), 3)
    sk("kmeans", 227, cluster.KMeans(4, random_state=1, n_init=2))
    sk("mini_kmeans", 228, cluster.MiniBatchKMeans(3, random_state=1, n_init=2))
    sk("mlp", 229, neural_network.MLPClassifier((8, 4), max_iter=60, random_state=1), 3)
    sk("mlp_binary", 230, neural_network.MLPClassifier((6,), activation="tanh", max_iter=60, random_state=1), 2)
    sk("mlp_logistic", 231, neural_network.MLPClassifier((6,), activation="logistic", max_iter=60, random_state=1), 3)
    sk("mlp_reg", 232, neural_network.MLPRegressor(hidden_layer_sizes=(8,), max_iter=60, random_state=1))
    sk("gp_reg", 233, gaussian_process.GaussianProcessRegressor())
    sk("gp_classes", 234, gaussian_process.GaussianProcessClassifier(), 2)
    sk("mixture", 235, mixture.GaussianMixture(3, random_state=1))
    sk("lof", 236, n.LocalOutlierFactor(novelty=True))
    sk("elliptic", 237, covariance.EllipticEnvelope(random_state=1))
    sk("pls", 238, cross_decomposition.PLSRegression())


def transformers():
    P, pp, lr = pipeline.make_pipeline, preprocessing, linear_model.Ridge
    for i, (name, t) in enumerate({
            "standard": pp.StandardScaler(), "minmax": pp.MinMaxScaler(clip=True), "maxabs": pp.MaxAbsScaler(), "robust": pp.RobustScaler(), "binarizer": pp.Binarizer(threshold=0.2),
            "normalizer_l2": pp.Normalizer(), "normalizer_l1": pp.Normalizer("l1"), "normalizer_max": pp.Normalizer("max"),
            "kbins": pp.KBinsDiscretizer(4, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
            "kbins_ordinal": pp.KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"), "power": pp.PowerTransformer(), "polynomial": pp.PolynomialFeatures(2),
            "quantile": pp.QuantileTransformer(n_quantiles=20), "spline": pp.SplineTransformer(), "pca": decomposition.PCA(3), "svd": decomposition.TruncatedSVD(3), "ica": decomposition.FastICA(3),
            "kernel_pca": decomposition.KernelPCA(3, kernel="rbf"), "incremental_pca": decomposition.IncrementalPCA(3), "select": feature_selection.SelectKBest(feature_selection.f_regression, k=3),
            "variance": feature_selection.VarianceThreshold(), "function": pp.FunctionTransformer(), "projection": kernel_approximation.Nystroem(n_components=5, random_state=1)}.items()):
        sk(name, 300 + i, P(t, lr()))
    sk("boxcox", 340, P(pp.PowerTransformer("box-cox"), lr()), positive=True)
    sk("imputer_mean", 341, P(impute.SimpleImputer(), lr()), missing=True)
    sk("imputer_constant", 342, P(impute.SimpleImputer(strategy="constant", fill_value=-1), lr()), missing=True)
    sk("imputer_knn", 344, P(impute.KNNImputer(n_neighbors=2), lr()), missing=True)
    sk("standard_double", 345, P(pp.StandardScaler(), lr()), double=True)
    sk("old_opset", 346, P(pp.StandardScaler(), linear_model.LogisticRegression()), 3, opset={"": 11, "ai.onnx.ml": 1})


def frames():
    lr, pp = linear_model.LogisticRegression(max_iter=300), preprocessing
    frame("mixed_zipmap", 400, lr, 3, zipmap=True, labels=["lo", "mid", "hi"])
    frame("mixed_unknown", 401, lr, 2, unknown=True)
    frame("mixed_forest", 402, ensemble.RandomForestClassifier(10, max_depth=5, random_state=1), 3)
    frame("mixed_gb", 403, ensemble.GradientBoostingRegressor(n_estimators=12, random_state=1), 0)
    ordinal = [("texts", pp.OrdinalEncoder(), ["town", "plan"]), ("numbers", impute.SimpleImputer(), ["age", "spend"]), ("counts", "passthrough", ["visits"])]
    frame("ordinal_text", 404, tree.DecisionTreeClassifier(max_depth=3, random_state=1), 2, ordinal)
    unknown = [("texts", pp.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["town", "plan"]), ("numbers", "passthrough", ["age"])]
    frame("ordinal_unknown", 405, tree.DecisionTreeClassifier(max_depth=3, random_state=1), 2, unknown, unknown=True)
    ints = [("counts", pp.OneHotEncoder(handle_unknown="ignore"), ["visits"]), ("numbers", pp.StandardScaler(), ["age"])]
    frame("one_hot_integers", 406, lr, 2, ints)
    frame("text_imputed", 407, lr, 2, [("texts", P_text(), ["town"]), ("numbers", "passthrough", ["age"])])
    frame("target_encoder", 408, lr, 2, [("texts", pp.TargetEncoder(random_state=1), ["town", "plan"]), ("numbers", "passthrough", ["age"])])
    frame("one_hot_drop", 409, lr, 2, [("texts", pp.OneHotEncoder(drop="first"), ["town", "plan"]), ("numbers", "passthrough", ["age"])])
    frame("one_hot_rare", 410, lr, 2, [("texts", pp.OneHotEncoder(min_frequency=90, handle_unknown="infrequent_if_exist"), ["town", "plan"]), ("numbers", "passthrough", ["age"])])


def P_text():
    return pipeline.make_pipeline(impute.SimpleImputer(strategy="constant", fill_value="none", missing_values=""), preprocessing.OneHotEncoder())


def boosted():
    import lightgbm as lgb
    import onnxmltools
    import xgboost as xgb
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats

    def case(name, seed, model, k, convert, missing=True, **options):
        if small and name not in SMALL:
            return
        try:
            X, y = data(seed, k)
            if missing:
                X[np.random.default_rng(seed).random(X.shape) < 0.1] = np.nan
            if not k and "poisson" in name:
                y = np.abs(y)
            model.fit(X, y)
            onx = convert(model, initial_types=[("X", Floats([None, X.shape[1]]))], **options)
            write(name, onx, {"X": X[:20]}, bool(k))
        except Exception as e:  # noqa: BLE001
            refused.append((name, type(e).__name__ + ": " + str(e).split("\n")[0][:140]))

    L, X = onnxmltools.convert_lightgbm, onnxmltools.convert_xgboost
    small_lgb = dict(n_estimators=8, num_leaves=7, verbosity=-1, random_state=1)
    case("lgbm_binary", 500, lgb.LGBMClassifier(**small_lgb), 2, L, zipmap=False)
    case("lgbm_classes", 501, lgb.LGBMClassifier(**small_lgb), 3, L, zipmap=True)
    case("lgbm_reg", 502, lgb.LGBMRegressor(**small_lgb), 0, L)
    case("lgbm_poisson", 503, lgb.LGBMRegressor(objective="poisson", **small_lgb), 0, L)
    case("lgbm_rf", 504, lgb.LGBMClassifier(boosting_type="rf", subsample=0.7, subsample_freq=1, **small_lgb), 2, L, zipmap=False)
    case("lgbm_dart", 505, lgb.LGBMRegressor(boosting_type="dart", **small_lgb), 0, L)
    case("xgb_binary", 510, xgb.XGBClassifier(n_estimators=8, max_depth=3, random_state=1), 2, X)
    case("xgb_classes", 511, xgb.XGBClassifier(n_estimators=5, max_depth=3, random_state=1), 3, X)
    case("xgb_reg", 512, xgb.XGBRegressor(n_estimators=8, max_depth=3, random_state=1), 0, X)
    case("xgb_poisson", 513, xgb.XGBRegressor(objective="count:poisson", n_estimators=8, max_depth=3, random_state=1), 0, X)
    case("xgb_base", 514, xgb.XGBClassifier(n_estimators=8, max_depth=3, random_state=1, base_score=0.3), 2, X)
    case("xgb_rf", 515, xgb.XGBRFClassifier(n_estimators=8, max_depth=3, random_state=1), 2, X)


out.mkdir(parents=True, exist_ok=True)
for part in (linear, trees, others, transformers, frames, boosted):
    part()
(out / "unconverted.json").write_text(json.dumps(refused, indent=1) + "\n")
print(len(list(out.glob("*.onnx"))), "cases;", len(refused), "not converted")
for name, why in refused:
    print(" ", name, why)
