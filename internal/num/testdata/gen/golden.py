"""Writes ../golden.txt: function, argument(s), the nearest float64 and what is missing from it in its last place.

Run with mpmath 1.4.1 and Python 3: python3 golden.py [points per range] > ../golden.txt
"""

import math
import random
import sys

from mpmath import mp, mpf, exp, expm1, log, log1p, tanh

mp.prec = 1200
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 30
rng = random.Random(7)


def sigmoid(x):
    return 1 / (1 + exp(-x))


def power(x, y):
    return exp(y * log(x)) if x > 0 else (-1) ** int(y) * exp(y * log(-x))


def emit(name, f, *args):
    mp.prec = 1200 if max(abs(a) for a in args) > 1e-3 or name != "log1p" else 2400
    v = f(*[mpf(a) for a in args])
    r = float(v)
    if math.isinf(r) or (r == 0 and v != 0):
        rest = 0.0
    else:
        rest = float((v - mpf(r)) / mpf(math.ulp(r)))
    print(name, *[a.hex() for a in args], "inf" if math.isinf(r) else r.hex(), f"{rest:.6f}")


def uniform(a, b):
    return rng.uniform(a, b)


def logarithmic(a, b):
    return math.exp(rng.uniform(math.log(a), math.log(b)))


def signed(f):
    return lambda: rng.choice((-1, 1)) * f()


U = lambda a, b: (lambda: uniform(a, b))
L = lambda a, b: (lambda: logarithmic(a, b))
RANGES = {
    "exp": (exp, [U(-1, 1), U(-20, 20), U(-707, 709), U(-745, -700), U(-709, -658), signed(L(1e-300, 1)), U(-0.01, 0.01)]),
    "expm1": (expm1, [U(-0.02, 0.02), U(-1, 1), U(-45, 65), signed(L(1e-310, 1)), U(60, 709), U(0.002, 0.006), U(-0.006, -0.002)]),
    "tanh": (tanh, [U(-0.02, 0.02), U(-1, 1), U(-25, 25), signed(L(1e-310, 1)), U(-0.6, 0.6)]),
    "sigmoid": (sigmoid, [U(-1, 1), U(-8, 8), U(-45, 45), U(-745, -35), signed(L(1e-300, 1))]),
    "log": (log, [U(0.5, 2), U(0.99, 1.01), L(1e-300, 1e300), L(5e-324, 1e-300), U(0, 1), L(1, 10)]),
    "log1p": (log1p, [U(-0.01, 0.01), U(-0.999999, 1), signed(L(1e-310, 0.9)), L(1, 1e308), U(0.003, 0.005), U(-0.005, -0.003)]),
}
EDGES = {
    "exp": [709.782712893384, -745.1332191019412, -708.3964185322641, 660.0, -660.0, 1.0],
    "expm1": [60.0, -60.0, -37.5, 0.6931471805599453],
    "tanh": [22.0, 21.9, 0.34657359027997264],
    "sigmoid": [40.0, -40.0, 0.5],
    "log": [1.0000000000000002, 0.9999999999999999, 1.375, 0.6875, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 2.718281828459045],
    "log1p": [0.00390625, -0.00390625, -0.9999999999999999, 1.7976931348623157e308, 9007199254740992.0],
}
for name, (f, ranges) in RANGES.items():
    for x in EDGES[name]:
        emit(name, f, x)
    for draw in ranges:
        for _ in range(COUNT):
            emit(name, f, draw())

PAIRS = [
    (U(0.5, 2), U(-50, 50)),
    (L(1e-3, 1e3), U(-20, 20)),
    (L(1e-300, 1e300), U(-1, 1)),
    (U(0.999, 1.001), U(-5e5, 5e5)),
    (U(0, 1), U(0, 3)),
    (L(1e-10, 1e10), lambda: rng.choice((0.5, 2.0, 3.0, -1.0, -0.5, 1.5))),
    (lambda: 1 + rng.choice((-1, 1)) * 2.0 ** -rng.randint(1, 52), lambda: 2.0 ** rng.randint(-10, 50)),
    (L(5e-324, 1e-308), U(-0.9, 0.9)),
    (lambda: -uniform(0.1, 9), lambda: float(rng.randint(-30, 30))),
    (L(1e-5, 1e-1), U(200, 330)),
    (U(8, 12), U(-323, -290)),
    (U(1, 30), U(180, 225)),
]
for x, y in PAIRS:
    for _ in range(COUNT):
        a, b = x(), y()
        if abs(b * math.log(abs(a))) > 760:
            continue
        emit("pow", power, a, b)
