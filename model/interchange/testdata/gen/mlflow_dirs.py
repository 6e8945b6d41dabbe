"""Writes ../mlflow_*: model directories as mlflow saves them, and ../mlflow_scores.json: the answers of the models.

Run: pip install mlflow-skinny==3.17.2 lightgbm==4.7.0 xgboost==3.2.0 scikit-learn==1.9.1 onnx==1.23.2 skl2onnx==1.20.0 onnxruntime==1.31.1 && python mlflow_dirs.py
The data is drawn from a seed. Of each directory only MLmodel and the file of the model are kept.
"""
import json
import pathlib
import shutil
import tempfile

import lightgbm as lgb
import mlflow
import mlflow.lightgbm
import mlflow.onnx
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import onnxruntime
import pandas as pd
import skl2onnx
import xgboost as xgb
from sklearn.linear_model import LogisticRegression

out = pathlib.Path(__file__).parent.parent
r = np.random.default_rng(11)
X = pd.DataFrame({"age": r.normal(size=400), "spend of the last quarter": r.exponential(size=400), "visits": r.integers(0, 9, 400), "loyal": r.random(400) < 0.5})
X = X.rename(columns={"spend of the last quarter": "spend"})
y = (X.age + X.spend + X.visits / 4 + X.loyal + r.normal(size=400) > 3).astype(int)
X.loc[::7, "age"] = np.nan
signature = mlflow.models.infer_signature(X, np.zeros(1))
T = X[:20]
scores = {"rows": json.loads(T.to_json(orient="values"))}


def keep(name, save):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        save(path)
        to = out / f"mlflow_{name}"
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        for f in path.iterdir():
            if f.name == "MLmodel" or f.name.startswith("model.") and f.suffix != ".pkl":
                shutil.copy(f, to / f.name)


booster = lgb.train({"objective": "binary", "verbosity": -1, "num_leaves": 5, "min_data_in_leaf": 5}, lgb.Dataset(X, y), 4)
keep("lightgbm", lambda p: mlflow.lightgbm.save_model(booster, p, signature=signature))
scores["lightgbm"] = booster.predict(T).tolist()
classifier = lgb.LGBMClassifier(n_estimators=2, num_leaves=4, verbosity=-1).fit(X, np.array(["no", "yes"])[y])
keep("lightgbm_sklearn", lambda p: mlflow.lightgbm.save_model(classifier, p, signature=signature))
scores["lightgbm_sklearn"] = classifier.predict_proba(T)[:, 1].tolist()
keep("lightgbm_pickle", lambda p: mlflow.lightgbm.save_model(classifier, p, signature=signature, serialization_format="pickle"))

booster = xgb.train({"objective": "binary:logistic", "max_depth": 3}, xgb.DMatrix(X, y), 4)
keep("xgboost", lambda p: mlflow.xgboost.save_model(booster, p, signature=signature))
scores["xgboost"] = booster.predict(xgb.DMatrix(T)).astype(float).tolist()
nameless = xgb.train({"objective": "binary:logistic", "max_depth": 3}, xgb.DMatrix(X.to_numpy(dtype=float), y), 4)
keep("xgboost_nameless", lambda p: mlflow.xgboost.save_model(nameless, p, signature=signature, model_format="json"))
scores["xgboost_nameless"] = nameless.predict(xgb.DMatrix(T.to_numpy(dtype=float))).astype(float).tolist()
stopped = xgb.XGBClassifier(n_estimators=30, max_depth=3, early_stopping_rounds=2).fit(X[:300], y[:300], eval_set=[(X[300:], y[300:])], verbose=False)
assert stopped.best_iteration < 25
keep("xgboost_xgb", lambda p: mlflow.xgboost.save_model(stopped, p, signature=signature, model_format="xgb"))
keep("xgboost_sklearn", lambda p: mlflow.xgboost.save_model(stopped, p, signature=signature))
scores["xgboost_xgb"] = scores["xgboost_sklearn"] = stopped.predict_proba(T)[:, 1].astype(float).tolist()

F = X.fillna(0).to_numpy(dtype=np.float32)
linear = LogisticRegression().fit(F, y)
graph = skl2onnx.to_onnx(linear, F[:1], options={"zipmap": False})
keep("onnx", lambda p: mlflow.onnx.save_model(graph, p, signature=mlflow.models.infer_signature(F, np.zeros(1)), save_as_external_data=False))
session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
scores["onnx"] = session.run(None, {"X": F[:20]})[1][:, 1].astype(float).tolist()
keep("sklearn", lambda p: mlflow.sklearn.save_model(linear, p, signature=mlflow.models.infer_signature(F, np.zeros(1)), serialization_format="cloudpickle"))
(out / "mlflow_scores.json").write_text(json.dumps(scores, separators=(",", ":")) + "\n")
