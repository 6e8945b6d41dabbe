"""Writes ../golden.json: what scikit-learn 1.9.1 makes of the inputs that stand in the file itself.

    python golden.py
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer

path = pathlib.Path(__file__).parent.parent / "golden.json"
golden = json.loads(path.read_text())
x = np.array([[float(v) for v in row] for row in golden["inputs"]["Xnan"]])
expected = {}
for name, imputer in {
    "mean": SimpleImputer(),
    "median": SimpleImputer(strategy="median"),
    "most_frequent": SimpleImputer(strategy="most_frequent"),
    "const_indicator": SimpleImputer(strategy="constant", fill_value=-9, add_indicator=True),
}.items():
    expected[name] = imputer.fit_transform(x).tolist()
golden["expected"] = expected
golden["tool"] = "scikit-learn " + sklearn.__version__
path.write_text(json.dumps(golden) + "\n")
