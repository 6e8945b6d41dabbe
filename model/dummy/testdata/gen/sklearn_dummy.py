"""Prints the constants that dummy_test.go expects. Run: pip install scikit-learn==1.9.1 && python sklearn_dummy.py"""
import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

y = np.array([3.0, 1, 2, 10])
for w in (None, [2, 1, 1, 2], [3, 1, 1, 1], [1, 2, 1, 2], [0, 1, 1, 1]):
    for strategy in ("mean", "median"):
        print(strategy, w, DummyRegressor(strategy=strategy).fit(y[:, None], y, w).constant_.tolist())
c = np.array([0, 1, 1, 2, 0])
for w in (None, [1, 1, 1, 4, 1.5]):
    m = DummyClassifier(strategy="prior").fit(c[:, None], c, w)
    print("prior", w, m.class_prior_.tolist(), m.predict(c[:1, None]).tolist())
