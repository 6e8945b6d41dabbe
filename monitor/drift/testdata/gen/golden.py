"""Recomputes the expected values in golden.json from the samples that the file holds.

Tools: Python 3.11, numpy 2.4.6, scipy 1.17.1.
Run in the folder testdata:  python gen/golden.py
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import jensenshannon

path = pathlib.Path(__file__).resolve().parent.parent / "golden.json"
doc = json.loads(path.read_text())

for case in doc["numeric"]:
    x, y = np.array(case["reference"]), np.array(case["current"])
    ks = stats.ks_2samp(x, y, method="asymp")
    w = stats.wasserstein_distance(x, y)
    case["expected"] = {
        "ks": float(ks.statistic),
        "ks_p": float(ks.pvalue),
        "wasserstein": float(w),
        "wasserstein_normed": float(w / x.std()) if x.std() > 0 else 0.0,
    }

for case in doc["categorical"]:
    keys = sorted(set(case["reference"]) | set(case["current"]))
    a = np.array([case["reference"].get(k, 0) for k in keys])
    b = np.array([case["current"].get(k, 0) for k in keys])
    chi = stats.chi2_contingency(np.array([a, b]), correction=False)
    case["expected"] = {
        "chi2": float(chi.statistic),
        "chi2_p": float(chi.pvalue),
        "cramers_v": float(np.sqrt(chi.statistic / (a.sum() + b.sum()))),
        "js_base2": float(jensenshannon(a, b, base=2)),
    }

doc["versions"] = {"numpy": np.__version__, "scipy": scipy.__version__}
doc["script"] = "gen/golden.py"
path.write_text(json.dumps(doc, separators=(",", ":")).replace("},{", "},\n{") + "\n")
