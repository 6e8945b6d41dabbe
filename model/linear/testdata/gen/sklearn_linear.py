"""Writes ../sklearn_linear.json: coefficients of scikit-learn on its toy data.

Run: pip install scikit-learn==1.9.1 && python sklearn_linear.py
The data sets are scikit-learn's own: diabetes (unscaled; Efron et al. 2004) and iris (Fisher 1936). Logistic fits use newton-cholesky at tol 1e-12, so that
the coefficients are those of the optimum and not of a stopping rule.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

X, y = load_diabetes(return_X_y=True, scaled=False)
X = np.round(X, 4)
w = 1.0 + np.arange(len(y)) % 3
hi = (y > 140).astype(int)
Z = np.round((X - X.mean(0)) / X.std(0), 4)
I, c = load_iris(return_X_y=True)
v = 1.0 + np.arange(len(c)) % 4
onehot = np.eye(3)[c]

cases = []


def add(name, data, model, X, y, w=None, columns=None):
    model.fit(X, y, sample_weight=w)
    cases.append({
        "name": name, "data": data, "weighted": w is not None, "rows": len(y),
        "coef": np.atleast_2d(model.coef_).tolist(), "intercept": np.atleast_1d(model.intercept_).tolist(),
    })


def logistic(C=1.0, **o):
    return LogisticRegression(C=C, tol=1e-12, max_iter=10_000, solver="newton-cholesky", **o)


add("ols", "diabetes", LinearRegression(), X, y)
add("ols weighted", "diabetes", LinearRegression(), X, y, w)
add("ols without intercept", "diabetes", LinearRegression(fit_intercept=False), X, y)
add("ols of fewer rows than features", "diabetes_z", LinearRegression(), Z[:6], y[:6])
add("ridge 1", "diabetes", Ridge(alpha=1, solver="svd"), X, y)
add("ridge 10 weighted", "diabetes_z", Ridge(alpha=10, solver="cholesky"), Z, y, w)
add("ols of dependent features", "iris_onehot", LinearRegression(), np.c_[I[:, :3], onehot], I[:, 3])
add("ridge of dependent features", "iris_onehot", Ridge(alpha=0.5, solver="svd"), np.c_[I[:, :3], onehot], I[:, 3])
add("logistic 1", "diabetes_z_hi", logistic(), Z, hi)
add("logistic 1 weighted", "diabetes_z_hi", logistic(), Z, hi, w)
add("logistic free", "diabetes_hi", logistic(C=np.inf), X, hi)
add("logistic 0.1 without intercept", "diabetes_z_hi", logistic(C=10, fit_intercept=False), Z, hi)
add("logistic multinomial 1", "iris", logistic(), I, c)
add("logistic multinomial 5 weighted", "iris", logistic(C=0.2), I, c, v)

out = {
    "sklearn": sklearn.__version__,
    "diabetes": {"X": X.tolist(), "Z": Z.tolist(), "y": y.tolist()},
    "iris": {"X": I.tolist(), "y": c.tolist()},
    "cases": cases,
}
path = pathlib.Path(__file__).parent.parent / "sklearn_linear.json"
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
