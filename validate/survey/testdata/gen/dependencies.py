"""Writes ../dependencies.json: rank correlations, Cramér's V and mutual information of a small table, by scipy 1.17.1 and scikit-learn 1.9.1.

The table is made of whole numbers by formulas, so that the test can make it too. Run it as: python3 dependencies.py
"""
import json
import math
import pathlib

import numpy as np
from scipy.stats import chi2_contingency, spearmanr
from scipy.stats.contingency import crosstab
from sklearn.metrics import mutual_info_score

N = 600
i = np.arange(N)
x = (i * 7919 % 601).astype(float)
columns = {
    "x": x,
    "square": (x - 300) ** 2,
    "ties": np.floor(x / 97),
    "other": (i * 104729 % 593).astype(float),
    "gaps": np.where(i % 5 == 0, np.nan, -x + (i * 31 % 50)),
}
group = np.array(["abcd"[int(v // 160) % 4] for v in x])
noise = np.array(["pqr"[v] for v in (i * 7 % 3)])
mixed = np.array([g if k % 3 else "z" for k, g in zip(i, group)])
texts = {"group": group, "noise": noise, "mixed": mixed}


def cramers_v(a, b):
    # Bergsma (2013): the statistic and the numbers of categories less what they are on average without dependence.
    table = crosstab(a, b).count
    n = table.sum()
    r, c = table.shape
    phi = chi2_contingency(table, correction=False).statistic / n
    phi = max(0, phi - (r - 1) * (c - 1) / (n - 1))
    r, c = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    return math.sqrt(phi / (min(r, c) - 1))


def classes(values):
    if len(np.unique(values)) <= 20:
        return values
    below = np.searchsorted(np.sort(values), values, side="left")
    return below * 10 // len(values)


def information(values, target):
    keep = np.array([not (isinstance(v, float) and math.isnan(v)) for v in values.tolist()])
    a = values[keep]
    a = classes(a) if a.dtype.kind == "f" else np.unique(a, return_inverse=True)[1]
    b = np.unique(target[keep], return_inverse=True)[1]
    nats = mutual_info_score(b, a)
    nats = max(0, nats - (len(np.unique(a)) - 1) * (len(np.unique(b)) - 1) / (2 * len(a)))
    return [nats, nats / mutual_info_score(b, b), len(a)]


names, tnames = list(columns), list(texts)
out = {
    "spearman": [[float(spearmanr(columns[a], columns[b], nan_policy="omit").statistic) for b in names] for a in names],
    "cramers_v": [[float(cramers_v(texts[a], texts[b])) for b in tnames] for a in tnames],
    "information": {k: information(v, group) for k, v in {**columns, "noise": noise, "mixed": mixed}.items()},
}
path = pathlib.Path(__file__).parent.parent / "dependencies.json"
path.write_text(json.dumps(out, indent=1) + "\n")
