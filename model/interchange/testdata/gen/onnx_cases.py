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


def operators():
    """Graphs of few nodes for what the converters seldom write. What comes out is cast to float and weighted into one number."""
    from onnx import helper as h, numpy_helper as nh

    kinds = {"f": 1, "d": 11, "i": 7, "s": 8, "b": 9}
    r = np.random.default_rng(7)
    F = (r.normal(size=(20, 4)) * 2).astype(np.float32)
    F[3, 1], F[4, 2], F[5, 0] = np.nan, 0, -0.0
    whole = r.integers(-5, 6, (20, 3)).astype(np.int64)
    texts = r.choice(["a", "b", "c", "zz", ""], (20, 2)).astype(object)
    clean = np.nan_to_num(F, nan=0.5)

    def graph(name, nodes, width, feeds, inits=None, opset=18, ml=3):
        if small:
            return
        made = [h.make_node(op, ins.split(), outs.split(), domain="ai.onnx.ml" if at.pop("ml", False) else at.pop("domain", ""), **at) for op, ins, outs, at in nodes]
        tensors = {k: np.asarray(v) for k, v in (inits or {}).items()}
        tensors["_shape"], tensors["_w"] = np.array([-1, width]), np.linspace(0.3, 1.7, width, dtype=np.float32).reshape(-1, 1)
        made += [h.make_node("Cast", ["Z"], ["_c"], to=1), h.make_node("Reshape", ["_c", "_shape"], ["_r"]), h.make_node("MatMul", ["_r", "_w"], ["variable"])]
        ins = [h.make_tensor_value_info(k, kinds[t], [None, v.shape[1]]) for k, (t, v) in feeds.items()]
        g = h.make_graph(made, "g", ins, [h.make_tensor_value_info("variable", 1, [None, 1])], [nh.from_array(v, k) for k, v in tensors.items()])
        m = h.make_model(g, opset_imports=[h.make_opsetid("", opset), h.make_opsetid("ai.onnx.ml", ml), h.make_opsetid("com.microsoft", 1)], ir_version=9)
        try:
            write("op_" + name, m, {k: v for k, (_, v) in feeds.items()}, False)
        except Exception as e:  # noqa: BLE001
            refused.append(("op_" + name, str(e)[:200]))

    X, C, I, S = {"X": ("f", F)}, {"X": ("f", clean)}, {"X": ("i", whole)}, {"X": ("s", texts)}
    for op, at in [("Abs", {}), ("Neg", {}), ("Exp", {}), ("Floor", {}), ("Ceil", {}), ("Round", {}), ("Sign", {}), ("Relu", {}), ("LeakyRelu", {"alpha": 0.2}), ("LeakyRelu", {}), ("Elu", {}),
                   ("Elu", {"alpha": 0.7}), ("Tanh", {}), ("Sigmoid", {}), ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}), ("Softplus", {}), ("Softsign", {}), ("Erf", {}),
                   ("Softmax", {}), ("Softmax", {"axis": 1}), ("LogSoftmax", {"axis": -1}), ("Identity", {}), ("Dropout", {})]:
        graph(f"{op.lower()}_{len(at)}{at.get('axis', '')}", [(op, "X", "Z", at)], 4, C)
    for op in ("Sqrt", "Log", "Reciprocal"):
        graph(op.lower(), [("Abs", "X", "p", {}), (op, "p", "Z", {})], 4, {"X": ("f", np.abs(clean) + np.float32(0.1))})
    graph("is_nan", [("IsNaN", "X", "Z", {})], 4, X)
    graph("clip", [("Clip", "X a b", "Z", {})], 4, C, {"a": np.float32(-1), "b": np.float32(0.5)})
    graph("clip_old", [("Clip", "X", "Z", {"min": -1.0, "max": 0.25})], 4, C, opset=10, ml=1)
    for op in ("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean"):
        graph(op.lower(), [("Abs", "X", "p", {}), (op, "p k", "Z", {})], 4, C, {"k": np.float32([[1.5, 0.3, 2, 3]])})
    for op in ("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"):
        graph(op.lower(), [(op, "X k", "Z", {})], 4, X, {"k": np.float32([0.1, 0, 0, -1])}, opset=18)
    for op in ("Add", "Sub", "Mul", "Div", "Mod", "Max"):
        graph("int_" + op.lower(), [(op, "X k", "Z", {})], 3, I, {"k": np.array([2, -3, 3])})
    graph("int_pow", [("Pow", "X k", "Z", {})], 3, I, {"k": np.array(3)})
    for op in ("And", "Or", "Xor"):
        graph(op.lower(), [("Cast", "X", "p", {"to": 9}), ("Not", "p", "q", {}), ("Greater", "X z", "t", {}), (op, "q t", "Z", {})], 3, I, {"z": np.array(1)})
    graph("where", [("Greater", "X z", "t", {}), ("Where", "t X k", "Z", {})], 4, X, {"z": np.float32(0), "k": np.float32([9, 8, 7, 6])})
    graph("cast_int", [("Cast", "X", "p", {"to": 7}), ("Cast", "p", "Z", {"to": 11})], 4, C)
    graph("cast_int32", [("Cast", "X", "Z", {"to": 6})], 4, C)
    graph("double", [("Cast", "X", "p", {"to": 11}), ("Div", "p k", "Z", {})], 4, C, {"k": np.array([3.0])})
    for op in ("Sum", "Mean", "Max", "Min", "L1", "L2", "SumSquare", "LogSumExp", "Prod"):
        graph("reduce_" + op.lower(), [("Reduce" + op, "X axes", "Z", {"keepdims": 0})], 1, C, {"axes": np.array([-1])})
        graph("reduce_old_" + op.lower(), [("Reduce" + op, "X", "Z", {"axes": [1]})], 1, C, opset=11, ml=1)
    graph("reduce_middle", [("Reshape", "X s", "p", {}), ("ReduceSum", "p axes", "Z", {"keepdims": 1})], 2, C, {"s": np.array([0, 2, 2]), "axes": np.array([1])})
    ties = {"X": ("f", np.round(clean))}
    for op in ("ArgMax", "ArgMin"):
        for last in (0, 1):
            graph(f"{op.lower()}_{last}", [(op, "X", "Z", {"axis": 1, "select_last_index": last})], 1, ties)
    for largest in (0, 1):
        graph(f"top_k_{largest}", [("TopK", "X k", "v i", {"axis": 1, "largest": largest}), ("Cast", "i", "j", {"to": 1}), ("Concat", "v j", "Z", {"axis": 1})], 6, ties, {"k": np.array([3])})
    graph("top_k_three", [("Reshape", "X s", "p", {}), ("TopK", "p k", "v Z", {"axis": 1})], 2, ties, {"k": np.array([1]), "s": np.array([-1, 2, 2])})
    graph("flatten", [("Reshape", "X s", "p", {}), ("Flatten", "p", "Z", {})], 4, C, {"s": np.array([-1, 2, 2])})
    graph("transpose", [("Reshape", "X s", "p", {}), ("Transpose", "p", "q", {"perm": [0, 2, 1]}), ("Flatten", "q", "Z", {})], 4, C, {"s": np.array([-1, 2, 2])})
    graph("squeeze", [("Unsqueeze", "X a", "p", {}), ("Squeeze", "p a", "Z", {})], 4, C, {"a": np.array([1])})
    graph("squeeze_old", [("Unsqueeze", "X", "p", {"axes": [2]}), ("Squeeze", "p", "Z", {"axes": [2]})], 4, C, opset=11, ml=1)
    graph("slice", [("Slice", "X a b c d", "Z", {})], 2, C, {"a": np.array([3]), "b": np.array([-5]), "c": np.array([1]), "d": np.array([-2])})
    graph("slice_old", [("Slice", "X", "Z", {"starts": [1], "ends": [9223372036854775807], "axes": [1]})], 3, C, opset=9, ml=1)
    graph("split", [("Split", "X k", "p q", {"axis": 1}), ("Concat", "q p", "Z", {"axis": 1})], 4, C, {"k": np.array([1, 3])})
    graph("gather", [("Gather", "X k", "Z", {"axis": 1})], 3, C, {"k": np.array([3, -4, 1])})
    graph("gather_rows", [("Abs", "X", "p", {}), ("Gather", "k p", "Z", {"axis": 0})], 6, I, {"k": np.arange(14, dtype=np.float32).reshape(7, 2) ** 1.5})
    graph("gather_elements", [("ArgMax", "X", "p", {"axis": 1}), ("GatherElements", "X p", "Z", {"axis": 1})], 1, C)
    graph("expand", [("Shape", "X", "s", {}), ("Gather", "s zero", "n", {}), ("Concat", "n four", "t", {"axis": 0}), ("Expand", "k t", "p", {}), ("Add", "p X", "Z", {})], 4, C,
          {"k": np.float32([[1], ]), "zero": np.array([0]), "four": np.array([4])})
    graph("tile", [("Tile", "X k", "Z", {})], 8, C, {"k": np.array([1, 2])})
    graph("cum_sum", [("CumSum", "X k", "Z", {})], 4, C, {"k": np.array(1)})
    graph("one_hot", [("OneHot", "X d v", "Z", {})], 12, {"X": ("i", whole)}, {"d": np.array(4), "v": np.float32([-1, 2])})
    graph("gemm", [("Gemm", "X w c", "Z", {"alpha": 0.5, "beta": 2.0, "transB": 1})], 3, C, {"w": r.normal(size=(3, 4)).astype(np.float32), "c": np.float32([1, 2, 3])})
    graph("mat_mul_three", [("Reshape", "X s", "p", {}), ("MatMul", "p w", "Z", {})], 6, C, {"s": np.array([-1, 2, 2]), "w": r.normal(size=(2, 3)).astype(np.float32)})
    graph("cdist", [("CDist", "X k", "Z", {"domain": "com.microsoft", "metric": "euclidean"})], 3, C, {"k": r.normal(size=(3, 4)).astype(np.float32) * 5})
    graph("scaler_int", [("Scaler", "X", "Z", {"ml": True, "offset": [1.0, 2.0, 3.0], "scale": [0.3, 0.7, 1.9]})], 3, I)
    graph("binarizer", [("Binarizer", "X", "Z", {"ml": True, "threshold": 0.3})], 4, C)
    for norm in ("L1", "L2", "MAX"):
        graph("normalizer_" + norm.lower(), [("Normalizer", "X", "Z", {"ml": True, "norm": norm})], 3, I)
    graph("imputer_int", [("Imputer", "X", "Z", {"ml": True, "imputed_value_int64s": [7, 8, 9], "replaced_value_int64": 2})], 3, I)
    graph("imputer_number", [("Imputer", "X", "Z", {"ml": True, "imputed_value_floats": [7.5], "replaced_value_float": 0.0})], 4, X)
    graph("one_hot_int", [("OneHotEncoder", "X", "Z", {"ml": True, "cats_int64s": [-2, 0, 3], "zeros": 1})], 9, I)
    graph("one_hot_float", [("OneHotEncoder", "X", "Z", {"ml": True, "cats_int64s": [-2, 0, 3]})], 12, C)
    graph("one_hot_text", [("OneHotEncoder", "X", "Z", {"ml": True, "cats_strings": ["b", "", "c"]})], 6, S)
    labels = [("texts_ints", S, 2, {"keys_strings": ["a", "c"], "values_int64s": [5, 6], "default_int64": 9}), ("texts_floats", S, 2, {"keys_strings": ["a", ""], "values_floats": [0.5, 6.5]}),
              ("ints_floats", I, 3, {"keys_int64s": [-2, 3], "values_floats": [0.25, 1.5], "default_float": -1.0}), ("ints_ints", I, 3, {"keys_int64s": [1, 0], "values_int64s": [3, 4]}),
              ("floats_floats", X, 4, {"keys_floats": [0.0, 1.0], "values_floats": [3.5, 4.5]})]
    for name, feed, width, at in labels:
        graph("label_" + name, [("LabelEncoder", "X", "Z", {"ml": True, **at})], width, feed, ml=2)
    graph("label_chain", [("LabelEncoder", "X", "p", {"ml": True, "keys_int64s": [1, 2, 3], "values_strings": ["one", "two", "three"], "default_string": "many"}),
                          ("LabelEncoder", "p", "Z", {"ml": True, "keys_strings": ["two", "many"], "values_floats": [2.5, 9.5]})], 3, I)
    graph("label_old", [("LabelEncoder", "X", "Z", {"ml": True, "classes_strings": ["c", "a"]})], 2, S, ml=1)
    graph("label_nan", [("LabelEncoder", "X", "Z", {"ml": True, "keys_floats": [float("nan"), 0.0], "values_floats": [3.5, 4.5]})], 4, X, ml=4)
    graph("category_mapper", [("CategoryMapper", "X", "Z", {"ml": True, "cats_strings": ["a", "zz"], "cats_int64s": [3, 4]})], 2, S, ml=1)
    graph("text_equal", [("Equal", "X k", "Z", {})], 2, S, {"k": np.array(["a", "c"], dtype=object)}, opset=19)
    graph("feature_vectorizer", [("FeatureVectorizer", "X X", "Z", {"ml": True, "inputdimensions": [4, 4]})], 8, C)
    graph("array_extractor", [("ArrayFeatureExtractor", "X k", "Z", {"ml": True})], 3, C, {"k": np.array([3, 0, 2])})
    graph("linear_softmax", [("LinearRegressor", "X", "Z", {"ml": True, "coefficients": r.normal(size=8).tolist(), "intercepts": [0.1, -0.2], "targets": 2, "post_transform": "SOFTMAX"})], 2, C)
    graph("linear_zero", [("LinearRegressor", "X", "Z", {"ml": True, "coefficients": [0.0] * 4 + r.normal(size=8).tolist(), "targets": 3, "post_transform": "SOFTMAX_ZERO"})], 3, C)
    for post in ("NONE", "LOGISTIC", "SOFTMAX"):
        for n in (1, 2, 3):
            at = {"coefficients": r.normal(size=4 * n).tolist(), "intercepts": [0.1] * n, "classlabels_ints": [5, 3, 9][: max(n, 2)], "post_transform": post}
            graph(f"linear_class_{post.lower()}_{n}", [("LinearClassifier", "X", "l p", {"ml": True, **at}), ("Cast", "l", "k", {"to": 1}), ("Reshape", "k s", "m", {}), ("Concat", "m p", "Z", {"axis": 1})],
                  max(n, 2) + 1, C, {"s": np.array([-1, 1])})

    def forest(modes, missing, classes=0, weights=None, **more):
        """Six trees of three branches each."""
        at = {k: [] for k in ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids", "modes", "values", "missing_value_tracks_true")}
        leaves = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
        for t in range(6):
            for i in range(7):
                branch = i < 3
                for k, v in (("treeids", t), ("nodeids", i), ("featureids", int(r.integers(4)) if branch else 0), ("truenodeids", 2 * i + 1 if branch else 0), ("falsenodeids", 2 * i + 2 if branch else 0),
                             ("modes", modes[(t + i) % len(modes)] if branch else "LEAF"), ("values", float(np.float32(r.choice(clean.ravel()))) if branch else 0.0),
                             ("missing_value_tracks_true", int(missing and r.integers(2)) if branch else 0)):
                    at[k].append(v)
                if not branch:
                    for c in (weights or range(max(classes, 1))):
                        for k, v in (("treeids", t), ("nodeids", i), ("ids", c), ("weights", float(abs(r.normal()) / 6 if more.get("positive") else r.normal()))):
                            leaves[k].append(v)
        more.pop("positive", None)
        prefix = "class_" if classes else "target_"
        return {"ml": True, **{"nodes_" + k: v for k, v in at.items()}, **{prefix + k: v for k, v in leaves.items()}, **more}

    every = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
    for mode in every:
        for missing in (False, True):
            graph(f"tree_{mode.lower()}_{missing:d}", [("TreeEnsembleRegressor", "X", "Z", forest([mode], missing, n_targets=1))], 1, X)
    graph("tree_all_modes", [("TreeEnsembleRegressor", "X", "Z", forest(every, True, n_targets=1))], 1, X)
    for how in ("SUM", "AVERAGE", "MIN", "MAX"):
        graph("tree_" + how.lower(), [("TreeEnsembleRegressor", "X", "Z", forest(every[:1], False, n_targets=1, aggregate_function=how, base_values=[0.7]))], 1, C)
    graph("tree_targets", [("TreeEnsembleRegressor", "X", "Z", forest(every[:1], False, weights=range(3), n_targets=3, base_values=[0.1, 0.2, 0.3]))], 3, C)
    for post in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"):
        for name, at in {"three": dict(classes=3, classlabels_int64s=[7, 8, 9]), "three_base": dict(classes=3, classlabels_int64s=[7, 8, 9], base_values=[0.1, -0.2, 0.3]),
                         "first": dict(classes=2, weights=[0], classlabels_int64s=[4, 2]), "first_positive": dict(classes=2, weights=[0], classlabels_int64s=[4, 2], positive=True),
                         "second": dict(classes=2, weights=[1], classlabels_int64s=[4, 2]), "second_positive": dict(classes=2, weights=[1], classlabels_int64s=[4, 2], positive=True),
                         "both": dict(classes=2, classlabels_int64s=[4, 2]), "first_base": dict(classes=2, weights=[0], classlabels_int64s=[4, 2], base_values=[0.3])}.items():
            n = len(at["classlabels_int64s"])
            graph(f"tree_class_{post.lower()}_{name}", [("TreeEnsembleClassifier", "X", "l p", forest(every[:1], False, post_transform=post, **at)), ("Cast", "l", "k", {"to": 1}), ("Reshape", "k s", "m", {}),
                                                        ("Concat", "m p", "Z", {"axis": 1})], n + 1, C, {"s": np.array([-1, 1])})
    d = lambda v: nh.from_array(np.asarray(v))
    v5 = dict(ml=True, tree_roots=[0, 3], nodes_modes=d(np.uint8([0, 6, 1, 4])), nodes_featureids=[0, 1, 2, 3], nodes_splits=d(np.float32([0.2, 0, -0.3, clean[3, 3]])), nodes_truenodeids=[1, 0, 2, 3],
              nodes_trueleafs=[0, 1, 1, 1], nodes_falsenodeids=[2, 1, 4, 5], nodes_falseleafs=[0, 1, 1, 1], leaf_targetids=[0, 1, 0, 1, 1, 0], leaf_weights=d(np.float32([1, 2, 3, 4, 5, 6])), n_targets=2,
              membership_values=d(np.float32([0, 1, 2, np.nan])))
    graph("tree_five", [("TreeEnsemble", "X", "Z", v5)], 2, {"X": ("f", np.round(clean))}, ml=5)


out.mkdir(parents=True, exist_ok=True)
for part in (operators, linear, trees, others, transformers, frames, boosted):
    part()
(out / "unconverted.json").write_text(json.dumps(refused, indent=1) + "\n")
print(len(list(out.glob("*.onnx"))), "cases;", len(refused), "not converted")
for name, why in refused:
    print(" ", name, why)
