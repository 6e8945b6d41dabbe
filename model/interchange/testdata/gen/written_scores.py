"""Scores the models that the test wrote, with LightGBM and onnxruntime: python written_scores.py FOLDER

FOLDER has rows.json, a list of objects, and models *.txt and *.onnx. Beside each it writes *.scores.json: raw scores of LightGBM; of ONNX every output by name.
Used with lightgbm 4.7.0 and onnxruntime 1.31.1.
"""
import json
import pathlib
import sys

import lightgbm as lgb
import numpy as np
import onnx
import onnxruntime
import pandas as pd

folder = pathlib.Path(sys.argv[1])
rows = json.loads((folder / "rows.json").read_text())
texts = {c: any(isinstance(r[c], str) for r in rows) for c in rows[0]}
frame = pd.DataFrame({c: [r[c] if t else np.nan if r[c] is None else float(r[c]) for r in rows] for c, t in texts.items()})


def save(path, scores):
    path.with_suffix(".scores.json").write_text(json.dumps(scores))


for path in sorted(folder.glob("*.txt")):
    booster = lgb.Booster(model_file=path)
    data = frame[booster.feature_name()].copy()
    for c in data.columns:
        if texts[c]:
            data[c] = data[c].astype("category")
    save(path, {
        "raw": booster.predict(data, raw_score=True).reshape(len(data), -1).tolist(), "predict": booster.predict(data).reshape(len(data), -1).tolist(),
    })

for path in sorted(folder.glob("*.onnx")):
    graph = onnx.load(path)
    onnx.checker.check_model(graph, full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {}
    for i in session.get_inputs():
        if texts[i.name]:
            column = np.array([r[i.name] or "" for r in rows], dtype=object)
        else:
            column = frame[i.name].to_numpy()
        feed[i.name] = column.reshape(-1, 1)
    out = session.run(None, feed)
    save(path.with_suffix(".onnx.x"), {o.name: v.tolist() for o, v in zip(session.get_outputs(), out)})
