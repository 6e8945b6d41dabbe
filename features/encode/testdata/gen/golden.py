"""Writes ../golden.json: what scikit-learn 1.9.1 makes of the inputs that stand in the file itself.

    python golden.py
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

path = pathlib.Path(__file__).parent.parent / "golden.json"
golden = json.loads(path.read_text())
x = np.array(golden["inputs"]["cat"], dtype=object)
# infrequent_categories are l and xl of the second column: max_categories counts the infrequent column, MaxCategories does not.
golden["expected"] = {
    "one_hot": OneHotEncoder(sparse_output=False).fit_transform(x).tolist(),
    "one_hot_min_frequency_10": OneHotEncoder(sparse_output=False, min_frequency=10).fit_transform(x).tolist(),
    "one_hot_max_categories_3": OneHotEncoder(sparse_output=False, max_categories=3).fit_transform(x).tolist(),
    "ordinal": OrdinalEncoder().fit_transform(x).tolist(),
}
golden["tool"] = "scikit-learn " + sklearn.__version__
path.write_text(json.dumps(golden) + "\n")
