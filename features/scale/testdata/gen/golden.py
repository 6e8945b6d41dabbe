"""Writes ../golden.json: what scikit-learn 1.9.1 makes of the inputs that stand in the file itself.

    python golden.py
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import MinMaxScaler, StandardScaler

path = pathlib.Path(__file__).parent.parent / "golden.json"
golden = json.loads(path.read_text())
x = np.array(golden["inputs"]["X"])
xnan = np.array([[float(v) for v in row] for row in golden["inputs"]["Xnan"]])
constant = np.array(golden["inputs"]["constant"])


def text(values):
    return [["NaN" if v != v else v for v in row] for row in values.tolist()]


golden["expected"] = {
    "standard": text(StandardScaler().fit_transform(x)),
    "standard_nan": text(StandardScaler().fit_transform(xnan)),
    "standard_constant": text(StandardScaler().fit_transform(constant)),
    "min_max": text(MinMaxScaler().fit_transform(x)),
    "min_max_nan": text(MinMaxScaler().fit_transform(xnan)),
    "min_max_constant": text(MinMaxScaler().fit_transform(constant)),
}
golden["tool"] = "scikit-learn " + sklearn.__version__
path.write_text(json.dumps(golden) + "\n")
