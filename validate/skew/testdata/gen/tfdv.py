"""Writes testdata/tfdv.json: distances as TensorFlow Data Validation defines them.

TFDV 1.22 does not install on Pythons of today, so this is its written definition step by step: AlignHistograms, RebucketHistogram, JensenShannonDivergence and
MaxNormalizedDifference of tensorflow_data_validation/anomalies/metrics.cc (github.com/tensorflow/data-validation at 710b32fae04f, 11 June 2026), over the cases of
metrics_test.cc with the values that stand there (to 1e-5), and over random histograms. Distances of categories are checked against scipy besides.

Tools: Python 3.11, numpy 2.4.6, scipy 1.17.1. Run in the folder testdata:  python gen/tfdv.py
"""

import json
import math
import pathlib

import numpy as np
import scipy
from scipy.spatial.distance import jensenshannon

HERE = pathlib.Path(__file__).resolve().parent.parent


def strip(h):
    wide, points, infinite = [], {}, 0.0
    for low, high, count in h["buckets"]:
        if not math.isfinite(low) or not math.isfinite(high):
            infinite += count
        elif low == high:
            points[low] = points.get(low, 0.0) + count
        else:
            wide.append((low, high, count))
    return wide, points, infinite + h.get("infinite", 0.0)


def rebucket(boundaries, wide):
    out, index, last = [], 0, len(boundaries) - 1
    for low, high, count in wide:
        while low > boundaries[index]:
            out.append(0.0)
            index += 1
        covered = []
        while high > boundaries[index]:
            covered.append(boundaries[index])
            index += 1
        covered.append(boundaries[index])
        out += [(b - a) / (high - low) * count for a, b in zip(covered, covered[1:])]
    return out + [0.0] * (last - index)


def align(a, b):
    (wide_a, points_a, inf_a), (wide_b, points_b, inf_b) = strip(a), strip(b)
    edges = [sorted({e for low, high, _ in w for e in (low, high)}) for w in (wide_a, wide_b)]
    if edges[0] != edges[1]:
        union = sorted(set(edges[0]) | set(edges[1]))
        p, q = rebucket(union, wide_a), rebucket(union, wide_b)
    else:
        p, q = [c for _, _, c in wide_a], [c for _, _, c in wide_b]
    for x in sorted(set(points_a) | set(points_b)):
        p.append(points_a.get(x, 0.0))
        q.append(points_b.get(x, 0.0))
    if inf_a:
        p.append(inf_a)
        q.append(0.0)
    if inf_b:
        p.append(0.0)
        q.append(inf_b)
    nan_a, nan_b = a.get("nan", 0.0), b.get("nan", 0.0)
    if nan_a or nan_b:
        p += [0.0, nan_a]
        q += [nan_b, 0.0]
    return p, q


def divergence(p, q):
    p, q = [x / sum(p) for x in p], [x / sum(q) for x in q]
    mean = [(x + y) / 2 for x, y in zip(p, q)]
    kl = lambda a, b: sum(x * math.log2(x / y) for x, y in zip(a, b) if x > 0 and y > 0)
    return min((kl(p, mean) + kl(q, mean)) / 2, 1.0)


def hist(*buckets, nan=0.0, infinite=0.0):
    return {"buckets": [list(map(float, b)) for b in buckets], "nan": nan, "infinite": infinite}


one = hist((1, 2.3333333, 2.9866667), (2.3333333, 3.6666667, 1.0066667), (3.6666667, 5, 2.0066667))
CASES = [  # of metrics_test.cc
    ("SameStatistics", one, one, 0.0),
    ("DifferentBucketBoundaries", hist((1, 2, 2), (2, 3, 2)), hist((2, 4, 2), (4, 6, 2)), 0.65563906222),
    ("NoOverlap", hist((0, 1, 2), (1, 2, 2)), hist((3, 4, 2), (4, 6, 2)), 1.0),
    ("OneHasAllValuesInOneBucket", hist((1, 1, 4)), hist((2, 4, 2), (4, 6, 2)), 1.0),
    ("BothHaveAllValuesInOneBucket", hist((1, 1, 4)), hist((2.33, 2.33, 4)), 1.0),
    ("OneHasOneBucketTheOtherHasMany", hist((10, 10, 21)), hist((0, 4, 150), (4, 12, 200), (12, 20, 20)), 1.0),
    ("NaNNotEqualToSelf", hist(nan=1.0), hist(nan=1.0), 1.0),
    ("WithNaNs", hist((1, 2, 3), nan=1.0), hist((1, 2, 4)), 0.13792538096),
    ("MultiplePointBinsPartialOverlap", hist((0, 0, 1), (1, 1, 1)), hist((0, 0, 1), (2, 2, 1)), 0.5),
    ("MixOfPointAndNonPointBoundaries", hist((0, 0, 1), (1, 2, 1)), hist((1, 1, 1), (2, 2, 1)), 1.0),
    ("InfiniteBinBoundaries", hist(infinite=2.0), hist(infinite=2.0), 1.0),
]
LINFTY = [({"hello": 0.1, "world": 0.9}, {"hello": 0.3, "world": 0.7}, 0.2), ({"b": 0.9, "c": 0.1}, {"a": 0.3, "b": 0.7}, 0.3)]
NORMALIZED = [
    ({"hello": 0.1, "world": 0.9}, {"hello": 0.3, "world": 0.7}, 0.1),
    ({"hello": 1, "world": 5}, {"hello": 10, "world": 50}, 0.68181818),
]
RANKS = [({"b": 2, "a": 2, "c": 1}, {"a": 2, "Z": 1, "Y": 1, "X": 1}, 0.6)]


def shares(a, b, total_a, total_b):
    keys = sorted(set(a) | set(b))
    return [a.get(k, 0) / total_a for k in keys], [b.get(k, 0) / total_b for k in keys]


def linfty(a, b):
    p, q = shares(a, b, sum(a.values()), sum(b.values()))
    return max(abs(x - y) for x, y in zip(p, q))


def normalized(a, b):
    total = sum(a.values()) + sum(b.values())
    p, q = shares(a, b, total, total)
    return max(abs(x - y) for x, y in zip(p, q))


def texts(a, b):
    p, q = shares(a, b, sum(a.values()), sum(b.values()))
    d = divergence(p, q)
    assert abs(d - jensenshannon(p, q, base=2) ** 2) < 1e-12
    return d


histograms = []
for name, a, b, want in CASES:
    d = divergence(*align(a, b))
    assert abs(d - want) < 1e-5, name
    histograms.append({"name": name, "reference": a, "current": b, "jensen_shannon": d})

rng = np.random.default_rng(50)


def draw():
    edges = np.sort(rng.choice(np.arange(0, 40) / 4, size=rng.integers(2, 9), replace=False))
    buckets = [(a, b, float(rng.integers(0, 50))) for a, b in zip(edges, edges[1:])]
    for x in rng.choice(edges, size=rng.integers(0, 2), replace=False):
        buckets.append((x, x, float(rng.integers(1, 20))))
    return hist(*sorted(buckets), nan=float(rng.integers(0, 3)), infinite=float(rng.integers(0, 3)))


while len(histograms) < len(CASES) + 40:
    a, b = draw(), draw()
    if sum(c for *_, c in a["buckets"]) and sum(c for *_, c in b["buckets"]):
        histograms.append({"name": f"random {len(histograms)}", "reference": a, "current": b, "jensen_shannon": divergence(*align(a, b))})

for a, b, want in LINFTY:
    assert abs(linfty(a, b) - want) < 1e-5
for a, b, want in NORMALIZED:
    assert abs(normalized(a, b) - want) < 1e-5
for a, b, want in RANKS:
    assert abs(texts(a, b) - want) < 1e-5
categories = []
pairs = [(a, b) for a, b, _ in RANKS] + [({"hello": 1, "world": 9}, {"hello": 3, "world": 7}), ({"hello": 1, "world": 5}, {"hello": 10, "world": 50})]
for _ in range(20):
    keys = [f"k{i}" for i in range(rng.integers(2, 30))]
    pairs.append(tuple({k: int(n) for k, n in zip(keys, rng.integers(0, 40, len(keys))) if n} or {"k0": 1} for _ in range(2)))
for a, b in pairs:
    categories.append({"reference": a, "current": b, "linfty": linfty(a, b), "normalized_abs_difference": normalized(a, b), "jensen_shannon": texts(a, b)})

doc = {"tool": "TFDV 1.22, anomalies/metrics.cc at 710b32fae04f, by gen/tfdv.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__}, "histograms": histograms, "categories": categories}
(HERE / "tfdv.json").write_text(json.dumps(doc, separators=(",", ":")).replace("},{", "},\n{") + "\n")
