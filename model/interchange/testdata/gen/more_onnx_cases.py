"""The ONNX part of more_cases.py: scikit-learn models and pipelines through skl2onnx, LightGBM and XGBoost through onnxmltools, and the answers of onnxruntime.

skl2onnx 1.20 does not convert the histogram gradient boosting of scikit-learn 1.9.
"""
import json
import pathlib

import numpy as np
import onnxruntime as ort
import pandas as pd
from onnx import helper
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn import ensemble, linear_model, naive_bayes, neighbors, neural_network, preprocessing, svm, tree
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from cases import rows, two


def answers(path, feeds):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    out = {}
    for meta, value in zip(session.get_outputs(), session.run(None, feeds)):
        if isinstance(value, list):  # a ZipMap
            value = [[float(r[k]) for k in sorted(r)] for r in value]
        value = np.asarray(value)
        out[meta.name] = value.tolist() if value.dtype.kind in "OUS" else two(value, len(value))
    return out


def write_case(out, name, onnx, X, feeds, exact=None):
    """exact is what the file says in float64: onnxruntime adds hundreds of products in float32, and where that loses more than is asked for, nobody can be nearer to it than to the file."""
    path = out / f"{name}.onnx"
    path.write_bytes(onnx.SerializeToString())
    case = {"tool": "onnx", "files": [path.name], "rows": rows(X), "outputs": answers(path, feeds)}
    if exact is not None:
        case["exact"] = two(exact, len(X))
    (out / f"{name}.case.json").write_text(json.dumps(case, separators=(",", ":"), allow_nan=False) + "\n")


def matrix(out, name, seed, model, p=6, k=0, exact=None):
    """A model of one tensor of numbers."""
    r = np.random.default_rng(seed)
    X = (r.normal(size=(600, p)) * 10.0 ** r.integers(-1, 2, p)).astype(np.float32)
    y = X[:, 0] / X[:, 0].std() + np.sin(X[:, 1]) + r.normal(size=600) * 0.3
    if k:
        y = np.digitize(y, np.quantile(y, np.arange(1, k) / k))
    model.fit(X, y)
    onnx = to_onnx(model, X[:1], options={id(model): {"zipmap": False}} if k else None)
    T = X[:120]
    write_case(out, "onnx_more_" + name, onnx, T, {"X": T}, None if exact is None else exact(onnx, T))


def pipeline(out, name, seed, model, encoder, k=2):
    """Columns of several types: two numbers with missing values, a whole number and a text."""
    r = np.random.default_rng(seed)
    n = 600
    f = pd.DataFrame({"age": r.normal(40, 12, n), "spend": r.exponential(50, n), "visits": r.integers(0, 20, n), "town": r.choice(["Bonn", "Köln", "", "a b"], n)})
    y = f.age / 12 + (f.town == "Köln") * 2 + np.log1p(f.spend) + r.normal(size=n)
    y = np.digitize(y, np.quantile(y, np.arange(1, k) / k)) if k else y
    f["age"] = f.age.astype(np.float32)
    f["spend"] = f.spend.astype(np.float32)
    f.loc[r.random(n) < 0.2, "spend"] = np.nan
    steps = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), preprocessing.StandardScaler()), ["age", "spend"]),
        ("counts", preprocessing.MinMaxScaler(), ["visits"]),
        ("texts", encoder, ["town"]),
    ])
    m = make_pipeline(steps, model).fit(f, y)
    kinds = [("age", FloatTensorType([None, 1])), ("spend", FloatTensorType([None, 1])), ("visits", Int64TensorType([None, 1])), ("town", StringTensorType([None, 1]))]
    onnx = convert_sklearn(m, initial_types=kinds, options={id(m): {"zipmap": False}} if k else None)
    T = f[:120]
    feeds = {c: T[[c]].to_numpy() for c in T.columns}
    feeds["town"] = feeds["town"].astype(object)
    write_case(out, "onnx_more_" + name, onnx, T, feeds)


def boosted(out, name, seed, library, k=2):
    """A model of LightGBM or XGBoost through onnxmltools."""
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats

    r = np.random.default_rng(seed)
    X = r.normal(size=(600, 6)).astype(np.float32)
    y = np.digitize(X[:, 0] + np.sin(X[:, 1] * 2), [-0.5, 0.5][: k - 1])
    X[r.random(X.shape) < 0.1] = np.nan
    if library == "lightgbm":
        import lightgbm

        m = lightgbm.LGBMClassifier(n_estimators=12, num_leaves=9, verbosity=-1, random_state=seed).fit(X, y)
        onnx = onnxmltools.convert_lightgbm(m, initial_types=[("X", Floats([None, 6]))], zipmap=False)
    else:
        import xgboost

        m = xgboost.XGBClassifier(n_estimators=12, max_depth=4, random_state=seed, base_score=0.5).fit(X, y)
        onnx = onnxmltools.convert_xgboost(m, initial_types=[("X", Floats([None, 6]))])
    T = X[:120]
    write_case(out, "onnx_more_" + name, onnx, T, {"X": T})


def machine(onnx, X):
    """An SVMRegressor with a radial kernel, in float64."""
    node = next(n for n in onnx.graph.node if n.op_type == "SVMRegressor")
    a = {v.name: np.array(helper.get_attribute_value(v), dtype=np.float64) for v in node.attribute if v.name in ("support_vectors", "coefficients", "rho", "kernel_params")}
    vectors = a["support_vectors"].reshape(-1, X.shape[1])
    distance = ((X[:, None].astype(np.float64) - vectors[None]) ** 2).sum(axis=2)
    return np.exp(-a["kernel_params"][0] * distance) @ a["coefficients"] + a["rho"][0]


def onnx_cases(out):
    out = pathlib.Path(out)
    one_hot = preprocessing.OneHotEncoder(handle_unknown="ignore")
    matrix(out, "forest", 301, ensemble.RandomForestClassifier(20, max_depth=6, random_state=1), k=4)
    matrix(out, "boosting_classes", 302, ensemble.GradientBoostingClassifier(n_estimators=15, random_state=1), k=3)
    matrix(out, "extra_trees", 305, ensemble.ExtraTreesRegressor(15, max_depth=7, random_state=1))
    matrix(out, "logistic", 306, linear_model.LogisticRegression(max_iter=300), k=4)
    matrix(out, "ridge", 307, linear_model.Ridge(2.0))
    matrix(out, "poisson", 308, linear_model.SGDClassifier(loss="log_loss", random_state=1), k=3)
    matrix(out, "tree", 309, tree.DecisionTreeClassifier(max_depth=5, random_state=1), k=5)
    matrix(out, "ada", 310, ensemble.AdaBoostClassifier(n_estimators=8, random_state=1), k=2)
    matrix(out, "svr", 311, svm.SVR(C=3.0), exact=machine)
    matrix(out, "neural", 312, neural_network.MLPClassifier((9, 5), activation="tanh", max_iter=60, random_state=1), k=3)
    matrix(out, "neighbours", 313, neighbors.KNeighborsRegressor(4))
    matrix(out, "bayes", 314, naive_bayes.GaussianNB(), k=3)
    matrix(out, "quantiles", 315, make_pipeline(preprocessing.KBinsDiscretizer(5, encode="onehot-dense", quantile_method="averaged_inverted_cdf"), linear_model.LinearRegression()))
    matrix(out, "normalized", 316, make_pipeline(preprocessing.Normalizer(), preprocessing.PolynomialFeatures(2), linear_model.Lasso(0.01)))
    pipeline(out, "one_hot_logistic", 317, linear_model.LogisticRegression(max_iter=300), one_hot, k=3)
    pipeline(out, "one_hot_forest", 318, ensemble.RandomForestRegressor(10, max_depth=6, random_state=1), one_hot, k=0)
    pipeline(out, "ordinal_boosting", 319, ensemble.GradientBoostingClassifier(n_estimators=10, random_state=1), preprocessing.OrdinalEncoder(), k=2)
    boosted(out, "lightgbm", 320, "lightgbm", k=3)
    boosted(out, "xgboost", 321, "xgboost", k=2)
