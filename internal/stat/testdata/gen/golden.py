"""Recomputes the expected values in this package's testdata from the inputs that the files hold.

Tools: Python 3.11, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0.
Run in the folder testdata:  python gen/golden.py
"""

import json
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import stats
from scipy.spatial.distance import jensenshannon
from statsmodels.stats.multitest import multipletests

HERE = pathlib.Path(__file__).resolve().parent.parent
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__}


def update(name, fill):
    path = HERE / name
    doc = json.loads(path.read_text()) if path.exists() else {}
    fill(doc)
    doc["versions"] = VERSIONS
    doc["script"] = "gen/golden.py"
    path.write_text(json.dumps(doc, indent=None, separators=(",", ":")).replace('},{', '},\n{') + "\n")


def psi(a, b, empty):
    p, q = np.asarray(a) / np.sum(a), np.asarray(b) / np.sum(b)
    p, q = np.where(p == 0, empty, p), np.where(q == 0, empty, q)
    return float(np.sum((q - p) * np.log(q / p)))


def measures(a, b):
    p, q = np.asarray(a) / np.sum(a), np.asarray(b) / np.sum(b)
    return {
        "psi_eps": psi(a, b, 1e-4),
        "js_base2": float(jensenshannon(p, q, base=2)),
        "js_divergence_base2": float(jensenshannon(p, q, base=2) ** 2),
        "normalized": float(np.abs(np.asarray(a) - np.asarray(b)).max() / (np.sum(a) + np.sum(b))),
        "tvd": float(0.5 * np.abs(p - q).sum()),
        "linf": float(np.abs(p - q).max()),
    }


def open_counts(x, edges):
    return [int(c) for c in np.bincount(np.searchsorted(edges[1:-1], x, side="right"), minlength=len(edges) - 1)]


def numeric(doc):
    for case in doc["cases"]:
        x, y = case["reference"], case["current"]
        ks = stats.ks_2samp(x, y, method="asymp")
        case["expected"] = {
            "ks": float(ks.statistic),
            "ks_p": float(ks.pvalue),
            "wasserstein": float(stats.wasserstein_distance(x, y)),
        }
        edges = np.unique(np.quantile(x, np.linspace(0, 1, 11)))
        if len(edges) > 1:
            case["edges"] = [float(e) for e in edges]
            a, b = open_counts(x, edges), open_counts(y, edges)
            case["counts"] = [a, b]
            case["expected"].update(measures(a, b))


def categorical(doc):
    for case in doc["cases"]:
        a, b = case["reference"], case["current"]
        table = np.array([a, b])
        case["expected"] = measures(a, b)
        for yates in (False, True):
            r = stats.chi2_contingency(table, correction=yates)
            case["expected"]["chi2_yates" if yates else "chi2"] = [float(r.statistic), float(r.pvalue), int(r.dof)]
        case["expected"]["cramers_v"] = float(stats.contingency.association(table, method="cramer"))


def multiple(doc):
    doc["adjusted"] = [float(x) for x in multipletests(doc["p"], method="fdr_bh")[1]]


def distributions(doc):
    sizes = [1, 2, 3, 5, 10, 22, 50, 86, 139, 140, 141, 300, 667, 1000, 5000, 100_000]
    z = [0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0, 1.2, 1.36, 1.47, 1.5, 1.63, 1.9, 2.1, 2.5, 3.0, 5.0]
    doc["kstwo_sf"] = [
        [n, d, float(stats.kstwo.sf(d, n))] for n in sizes for d in [min(zz / np.sqrt(n), 1.0) for zz in z]
    ]
    doc["chi2_sf"] = [
        [x, k, float(stats.chi2.sf(x, k))] for k in (1, 2, 3, 9, 30, 200, 5000) for x in (1e-9, 0.1, 0.5, 1, 3.84, 10, 50, 200, 1000, 5000)
    ]


update("numeric.json", numeric)
update("categorical.json", categorical)
update("multiple.json", multiple)
update("distributions.json", distributions)
