"""Totals of the public ranking sets by scikit-learn's reader, as public.json beside this folder.

TIDEWHEEL_DATA=FOLDER python public.py > ../public.json      # scikit-learn 1.9.1
"""

import json
import os
import sys

from sklearn.datasets import load_svmlight_file

out = {}
for name in ("train.libsvm", "test.libsvm"):
    x, y = load_svmlight_file(os.path.join(os.environ["TIDEWHEEL_DATA"], "lambdarank", name))
    dense = x.toarray()
    sums = [0.0] * dense.shape[1]
    for row in dense.tolist():
        for j, v in enumerate(row):
            sums[j] += v
    out[name] = {"rows": x.shape[0], "features": x.shape[1], "labels": float(sum(y.tolist())), "columns": sums}
json.dump(out, sys.stdout)
