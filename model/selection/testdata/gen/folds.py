"""Writes ../folds.json: test indices of scikit-learn 1.9.1's splitters over 60 rows. Run: python folds.py (needs scikit-learn==1.9.1)."""
import json
import pathlib

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

path = pathlib.Path(__file__).parent.parent / "folds.json"
y = json.loads(path.read_text())["y_class"]  # 60 classes drawn once; kept, so that the file reproduces
x = np.zeros((len(y), 1))


groups = np.random.default_rng(3).permutation(np.repeat(np.arange(10), np.arange(1, 11)))  # of distinct sizes: of equal ones scikit-learn's order is that of a sort


def test(splitter):
    return [part.tolist() for _, part in splitter.split(x, y)]


path.write_text(json.dumps({
    "origin": "scikit-learn 1.9.1, model_selection.{GroupKFold,KFold,StratifiedKFold,TimeSeriesSplit}(n_splits=5).split; made by gen/folds.py",
    "y_class": y,
    "KFold5": test(KFold(5)),
    "Stratified5": test(StratifiedKFold(5)),
    "TimeSeries5": test(TimeSeriesSplit(5)),
    "groups": groups.tolist(),
    "GroupKFold4": [part.tolist() for _, part in GroupKFold(4).split(np.zeros((len(groups), 1)), groups=groups)],
}))
