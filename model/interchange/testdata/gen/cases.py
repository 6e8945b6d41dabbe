"""What the generators share: a case is a model file (or two forms of it) and NAME.case.json with rows and the answers of the tool that trained it.

rows holds the inputs: null is missing, "inf" and "-inf" are the infinities of a number column, texts are categories. raw and predict are the tool's own answers as
shortest decimals of a float64, which read back exactly. refused is a part of the name by which the reader refuses the model, in place of answers.
"""
import json
import pathlib

import numpy as np
import pandas as pd


def cell(v):
    if v is None or v is pd.NA or (isinstance(v, (float, np.floating)) and np.isnan(v)):
        return None
    if isinstance(v, str):
        return v
    v = float(v)
    return "inf" if v == np.inf else "-inf" if v == -np.inf else v


def rows(X):
    if isinstance(X, pd.DataFrame):
        columns = [X[c].astype(object).tolist() for c in X.columns]
        return [[cell(v) for v in r] for r in zip(*columns)]
    return [[cell(v) for v in r] for r in np.asarray(X).tolist()]


def two(v, n):
    return [[cell(x) for x in r] for r in np.asarray(v, dtype=np.float64).reshape(n, -1).tolist()]


def write(out, name, tool, files, X=None, raw=None, predict=None, **extra):
    case = {"tool": tool, "files": files, **extra}
    if X is not None:
        case |= {"rows": rows(X), "predict": two(predict, len(X))}
        if raw is not None:
            case["raw"] = two(raw, len(X))
    (pathlib.Path(out) / f"{name}.case.json").write_text(json.dumps(case, separators=(",", ":"), allow_nan=False) + "\n")


def xgboost_case(out, name, booster, X, forms=("json", "ubj"), iterations=0, data=None, change=None, refused=None, margin=False):
    """Saves a booster in both forms and asks it. change edits the JSON, which is then read back by XGBoost, so that its answers are of what the file says."""
    import xgboost as xgb

    out = pathlib.Path(out)
    files = [f"{name}.{f}" for f in forms]
    for f in files:
        booster.save_model(out / f)
    if change is not None:
        path = out / f"{name}.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document, separators=(",", ":")))
        booster = xgb.Booster(model_file=path)
    if refused is not None:
        write(out, name, "xgboost", files, refused=refused)
        return
    data = xgb.DMatrix(X, enable_categorical=True) if data is None else data
    end = {0: 0, -1: (booster.best_iteration + 1) if iterations < 0 else 0}.get(iterations, iterations)
    ask = {} if end == 0 else {"iteration_range": (0, end)}
    write(out, name, "xgboost", files, X, booster.predict(data, output_margin=True, **ask), booster.predict(data, **ask), iterations=iterations, margin=margin)


def lightgbm_case(out, name, booster, X, iterations=0, refused=None):
    file = f"{name}.txt"
    booster.save_model(pathlib.Path(out) / file)
    if refused is not None:
        write(out, name, "lightgbm", [file], refused=refused)
        return
    ask = {} if iterations == 0 else {"num_iteration": iterations}
    write(out, name, "lightgbm", [file], X, booster.predict(X, raw_score=True, **ask), booster.predict(X, **ask), iterations=iterations)
