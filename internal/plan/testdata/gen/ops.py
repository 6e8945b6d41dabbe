"""Reference values of the operations of imported graphs, by numpy 2, scipy 1 and scikit-learn 1.9.1: python ops.py > ../ops.json

Float32 functions are computed in float64 and rounded once; sums of products and squares are taken in float32 step by step, products of sums fused.
"""
import json
import sys

import numpy as np
from scipy.special import erf, expit, logsumexp

nan, inf = float("nan"), float("inf")
f32 = lambda x: float(np.float32(x))
r = np.random.default_rng(1)
X = [-inf, -30.5, -2.5, -1.5, -0.75, -0.1, -1e-9, 0.0, 1e-9, 0.1, 0.5, 0.75, 1.5, 2.5, 3.25, 5.9, 30.5, inf, nan] + (r.normal(size=12) * 2).tolist()
cases = []


def text(v):
    return "nan" if v != v else "inf" if v == inf else "-inf" if v == -inf else float(v)


def case(op, func, inputs, want, tolerance=0.0, **math):
    for key in ("keys", "default"):
        if key in math:
            math[key] = [text(v) for v in math[key]]
    cases.append({"op": op, "math": {"func": func, **math}, "rows": [[text(v) for v in row] for row in inputs], "want": [[text(float(v)) for v in row] for row in want], "tolerance": tolerance})


with np.errstate(all="ignore"):
    unary = {
        "neg": np.negative, "abs": np.abs, "sqrt": np.sqrt, "reciprocal": np.reciprocal, "floor": np.floor, "ceil": np.ceil, "round": np.rint, "sign": np.sign, "is_nan": np.isnan,
        "is_inf": np.isinf, "relu": lambda x: np.maximum(x, 0), "identity": lambda x: x,
    }
    for name, f in unary.items():
        case("map", name, [[x] for x in X], [[f(x)] for x in X])
    for name, f, tol in [("exp", np.exp, 4e-16), ("log", np.log, 4e-16), ("tanh", np.tanh, 4e-16), ("sigmoid", expit, 4e-16), ("softplus", lambda x: np.logaddexp(0, x), 1e-15), ("erf", erf, 1e-14)]:
        case("map", name, [[x] for x in X], [[f(x)] for x in X], tol)
    finite = [x for x in X if abs(x) < 1e9]
    case("map", "truncate", [[x] for x in finite], [[np.trunc(x)] for x in finite])
    case("map", "leaky_relu", [[x] for x in X], [[x if x >= 0 else 0.25 * x] for x in X], params=[0.25])
    case("map", "elu", [[x] for x in X], [[x if x >= 0 or x != x else 1.5 * np.expm1(x)] for x in X], 4e-16, params=[1.5])
    case("map", "hard_sigmoid", [[x] for x in X], [[np.clip(0.25 * x + 0.5, 0, 1)] for x in X], params=[0.25, 0.5])
    case("map", "clip", [[x] for x in X], [[np.clip(x, -1, 2)] for x in X], params=[-1.0, 2.0])
    case("map", "not", [[0.0], [1.0], [3.0]], [[1], [0], [0]])
    case("map", "non_zero", [[0.0], [1.0], [-3.0]], [[0], [1], [1]])
    case("map", "exp", [[x] for x in X], [[f32(np.exp(x))] for x in X], 0, float32=True)

    P = [(a, b) for a in X[::3] for b in X[1::6]]
    binary = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "min": np.minimum, "max": np.maximum, "less": np.less, "less_equal": np.less_equal,
              "greater": np.greater, "greater_equal": np.greater_equal, "equal": np.equal}
    for name, f in binary.items():
        case("zip", name, P, [[f(np.float64(a), np.float64(b))] for a, b in P])
    case("zip", "div", P, [[f32(np.float64(a) / np.float64(b))] for a, b in P], 0, float32=True)
    Q = [(a, b) for a in (0.0, 0.5, 2.0, 7.25) for b in (-2.0, 0.0, 0.5, 2.0, 3.5) if not (a == 0 and b < 0)]
    case("zip", "pow", Q, [[np.power(a, b)] for a, b in Q], 4e-16)
    W = [(float(a), float(b)) for a in (-7, -6, 0, 5, 7) for b in (-3, 2, 3)]
    case("zip", "quotient", W, [[int(a / b)] for a, b in W])
    case("zip", "mod", W, [[np.mod(a, b)] for a, b in W])
    B = [(float(a), float(b)) for a in (0, 1) for b in (0, 1)]
    for name, f in {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}.items():
        case("zip", name, B, [[f(a, b)] for a, b in B])
    S = [(1.0, 2.0, 3.0), (0.0, 2.0, 3.0), (nan, 2.0, 3.0), (-4.0, inf, 3.0)]
    case("select", "", S, [[2], [3], [nan], [inf]])

    G = r.normal(size=(8, 6))
    halves = lambda row: (row[:3], row[3:])
    reduce = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "largest": np.max, "least": np.min, "l1": lambda v: np.abs(v).sum(), "l2": lambda v: np.sqrt((v * v).sum()),
              "sum_square": lambda v: (v * v).sum(), "log_sum_exp": logsumexp, "arg_max": np.argmax, "arg_min": np.argmin}
    for name, f in reduce.items():
        case("reduce", name, G.tolist(), [[f(h) for h in halves(row)] for row in G], 0 if "arg" in name or name in ("largest", "least") else 1e-15, group=3)
    T = [[1.0, 3.0, 3.0, 1.0, 0.0, 0.0], [2.0, 2.0, 2.0, 5.0, 4.0, 5.0]]
    case("reduce", "arg_max", T, [[1, 0], [0, 0]], group=3)
    case("reduce", "last_arg_max", T, [[2, 0], [2, 2]], group=3)
    case("reduce", "last_arg_min", T, [[0, 2], [2, 1]], group=3)
    F = np.float32(r.normal(size=(8, 7)))

    def squares(v):
        s = np.float32(0)
        for x in v:
            s = np.float32(s + np.float32(x * x))
        return s

    case("reduce", "sum_square", F.astype(float).tolist(), [[squares(row)] for row in F], 0, group=7, float32=True)

    def top(row, k, largest):
        order = np.argsort(-row if largest else row, kind="stable")[:k]
        return row[order].tolist(), order.tolist()

    for largest in (True, False):
        want = []
        for row in G.round(0):
            a, b = (top(h, 2, largest) for h in halves(row))
            want.append(a[0] + b[0] + a[1] + b[1])
        case("top_k", "largest" if largest else "least", G.round(0).tolist(), want, group=3, count=2)

    V = [[5.0], [nan], [-1.0], [0.0], [7.0]]
    case("table", "", V, [[50, 51], [60, 61], [70, 71], [9, 8], [9, 8]], width=2, keys=[5.0, nan, -1.0], values=[50.0, 51.0, 60.0, 61.0, 70.0, 71.0], default=[9.0, 8.0])
    case("table", "", [[0.0], [2.0], [-1.0], [3.0], [-4.0], [nan]], [[10], [30], [30], [nan], [nan], [nan]], width=1, values=[10.0, 20.0, 30.0], default=[nan])
    case("pick", "", [[4.0, 5.0, 6.0, i] for i in (0.0, 2.0, -1.0, 3.0, nan)], [[4], [6], [6], [nan], [nan]], group=4)

    from sklearn.metrics import pairwise

    A, C = r.normal(size=(6, 4)), r.normal(size=(3, 4))
    points = C.ravel().tolist()
    for name, want, params in [
            ("euclidean", pairwise.euclidean_distances(A, C), []), ("sqeuclidean", ((A[:, None] - C) ** 2).sum(2), []), ("manhattan", pairwise.manhattan_distances(A, C), []),
            ("chebyshev", np.abs(A[:, None] - C).max(2), []), ("minkowski_sum", (np.abs(A[:, None] - C) ** 3).sum(2), [3.0]), ("cosine", pairwise.cosine_distances(A, C), []),
            ("linear", A @ C.T, []), ("poly", pairwise.polynomial_kernel(A, C, degree=3, gamma=0.5, coef0=1), [0.5, 1.0, 3.0]), ("rbf", pairwise.rbf_kernel(A, C, gamma=0.5), [0.5]),
            ("sigmoid", pairwise.sigmoid_kernel(A, C, gamma=0.5, coef0=0.1), [0.5, 0.1])]:
        case("points", name, A.tolist(), want.tolist(), 1e-14, points=points, params=params)

    def fused(a, c):
        s = np.float32(0)
        for x, y in zip(a, c):
            s = np.float32(np.float64(s) + np.float64(x) * np.float64(y))
        return s

    A32, C32 = A.astype(np.float32), C.astype(np.float32)
    case("points", "linear", A32.astype(float).tolist(), [[fused(a, c) for c in C32] for a in A32], 0, points=C32.astype(float).ravel().tolist(), float32=True)

    def couple(p, k):
        """Method 2 of Wu, Lin and Weng by its linear equations, which the iteration approaches to 0.005/k."""
        Q = np.zeros((k, k))
        R = np.zeros((k, k))
        at = 0
        for i in range(k):
            for j in range(i + 1, k):
                R[i, j], R[j, i] = p[at], 1 - p[at]
                at += 1
        for i in range(k):
            for j in range(k):
                Q[i, j] = sum(R[s, i] ** 2 for s in range(k) if s != i) if i == j else -R[j, i] * R[i, j]
        M = np.block([[Q, np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
        return np.linalg.solve(M, np.r_[np.zeros(k), 1])[:k]

    for k in (2, 3, 10):
        R = r.uniform(0.1, 0.9, size=(5, k * (k - 1) // 2))
        case("couple", "", R.tolist(), [couple(row, k).tolist() for row in R], 0.02, count=k)
json.dump(cases, sys.stdout, separators=(",", ":"))
