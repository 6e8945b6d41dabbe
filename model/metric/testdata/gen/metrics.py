"""Writes ../metrics.json: inputs, drawn ones and those of ../inputs.json, and the values that scikit-learn gives them.

Run with scikit-learn 1.9.1, numpy 2.4 and scipy 1.17.1: python3 metrics.py > ../metrics.json
"""

import json
import os
import sys
import warnings

import numpy as np
import scipy
import sklearn
import sklearn.metrics as m
from scipy import stats
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
assert sklearn.__version__ == "1.9.1", sklearn.__version__
rng = np.random.default_rng(20)
n = 200


def drawn():
    """Inputs with ties (scores of three decimals, few ranking scores) and with weights of zero."""
    y = rng.random(n) < 0.57
    score = np.round(np.clip(0.5 + 0.35 * (y - 0.5) + rng.normal(0, 0.2, n), 0.001, 0.999), 3)
    weight = np.round(rng.uniform(0, 2, n), 3)
    weight[::17] = 0
    c = rng.integers(0, 4, n)
    raw = np.round(rng.gamma(1.0, 1.0, (n, 4)) + 1.6 * (c[:, None] == np.arange(4)), 3) + 0.001
    actual = np.round(rng.gamma(3.0, 2.0, n), 4) + 0.05
    predicted = np.round(actual * np.exp(rng.normal(0.03, 0.25, n)), 4) + 0.01
    relevance = rng.integers(0, 5, (12, 10))
    return {
        "binary": {"y": y, "score": score, "weight": weight},
        "multiclass": {"y": c, "proba": raw / raw.sum(axis=1, keepdims=True)},
        "regression": {"y": actual, "pred": predicted, "weight": weight},
        "ranking": {"relevance": relevance, "score": np.round(relevance + rng.normal(0, 1.5, (12, 10)), 0)},
    }


def arrays(inputs):
    return {task: {name: np.array(v) for name, v in values.items()} for task, values in inputs.items()}


def evaluate(inputs):
    out = {}
    y, score, weight = inputs["binary"]["y"].astype(bool), inputs["binary"]["score"], inputs["binary"]["weight"]
    pred = score >= 0.5
    c, proba = inputs["multiclass"]["y"], inputs["multiclass"]["proba"]
    best = proba.argmax(axis=1)
    actual, predicted = inputs["regression"]["y"], inputs["regression"]["pred"]
    relevance, document = inputs["ranking"]["relevance"], inputs["ranking"]["score"]

    def calibration(bins):
        """Bins of equal width closed on the left; scikit-learn closes them on the right."""
        edges = np.arange(1, bins) / bins
        at = np.searchsorted(edges, score, side="right")
        used = [b for b in range(bins) if (at == b).any()]
        result = [[y[at == b].mean() for b in used], [score[at == b].mean() for b in used]]
        if not np.isin(score, edges).any():
            assert np.allclose(result, calibration_curve(y, score, n_bins=bins), rtol=0, atol=1e-14)
        return result, sum(abs(score[at == b].sum() - y[at == b].sum()) for b in used) / n

    def binary(w):
        k = {"sample_weight": w}
        fpr, tpr, threshold = m.roc_curve(y, score, **k)
        p, r, cut = m.precision_recall_curve(y, score, **k)
        full = m.roc_curve(y, score, drop_intermediate=False, **k)
        values = {
            "accuracy": m.accuracy_score(y, pred, **k),
            "balanced_accuracy": m.balanced_accuracy_score(y, pred, **k),
            "precision": m.precision_score(y, pred, **k),
            "recall": m.recall_score(y, pred, **k),
            "f1": m.f1_score(y, pred, **k),
            "f2": m.fbeta_score(y, pred, beta=2, **k),
            "f0.5": m.fbeta_score(y, pred, beta=0.5, **k),
            "jaccard": m.jaccard_score(y, pred, **k),
            "mcc": m.matthews_corrcoef(y, pred, **k),
            "kappa": m.cohen_kappa_score(y, pred, **k),
            "roc_auc": m.roc_auc_score(y, score, **k),
            "average_precision": m.average_precision_score(y, score, **k),
            "log_loss": m.log_loss(y, score, **k),
            "brier": m.brier_score_loss(y, score, **k),
            "ks": float(np.max(np.abs(full[1] - full[0]))),
        }
        return {
            "values": values,
            "confusion": m.confusion_matrix(y, pred, **k).tolist(),
            "roc": [fpr.tolist(), tpr.tolist(), threshold[1:].tolist()],
            "precision_recall": [p.tolist(), r.tolist(), cut.tolist()],
        }

    out["binary"] = {
        "class": y.tolist(),
        "score": score.tolist(),
        "weight": weight.tolist(),
        "plain": binary(None),
        "weighted": binary(weight),
        "calibration": calibration(10)[0],
        "ece_10": calibration(10)[1],
        "ece_15": calibration(15)[1],
    }

    def multiclass(w):
        s = {"sample_weight": w}
        result = {
            "accuracy": m.accuracy_score(c, best, **s),
            "balanced_accuracy": m.balanced_accuracy_score(c, best, **s),
            "mcc": m.matthews_corrcoef(c, best, **s),
            "kappa": m.cohen_kappa_score(c, best, **s),
            "log_loss": m.log_loss(c, proba, **s),
            "brier": m.brier_score_loss(c, proba, **s),
            "top2": m.top_k_accuracy_score(c, proba, k=2, **s),
            "roc_auc_ovr": m.roc_auc_score(c, proba, multi_class="ovr", **s),
            "roc_auc_ovr_weighted": m.roc_auc_score(c, proba, multi_class="ovr", average="weighted", **s),
            "confusion": m.confusion_matrix(c, best, **s).tolist(),
        }
        for average in ("macro", "weighted"):
            for name, f in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score), ("jaccard", m.jaccard_score)):
                result[f"{name}_{average}"] = f(c, best, average=average, **s)
        return result

    out["multiclass"] = {
        "class": c.tolist(),
        "probability": proba.ravel().tolist(),
        "weight": weight.tolist(),
        "plain": multiclass(None),
        "weighted": multiclass(weight),
    }

    def regression(w):
        s = {"sample_weight": w}
        a, p = actual, predicted
        return {
            "mae": m.mean_absolute_error(a, p, **s),
            "mse": m.mean_squared_error(a, p, **s),
            "rmse": m.root_mean_squared_error(a, p, **s),
            "rmsle": m.root_mean_squared_log_error(a, p, **s),
            "median_ae": m.median_absolute_error(a, p, **s),
            "mape": m.mean_absolute_percentage_error(a, p, **s),
            "r2": m.r2_score(a, p, **s),
            "explained_variance": m.explained_variance_score(a, p, **s),
            "poisson": m.mean_poisson_deviance(a, p, **s),
            "gamma": m.mean_gamma_deviance(a, p, **s),
            "tweedie_1.5": m.mean_tweedie_deviance(a, p, power=1.5, **s),
            "tweedie_3": m.mean_tweedie_deviance(a, p, power=3, **s),
            "tweedie_-1": m.mean_tweedie_deviance(a, p, power=-1, **s),
            "pinball_0.1": m.mean_pinball_loss(a, p, alpha=0.1, **s),
            "pinball_0.9": m.mean_pinball_loss(a, p, alpha=0.9, **s),
        }

    out["regression"] = {
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "weight": weight.tolist(),
        "plain": {**regression(None), "max_error": m.max_error(actual, predicted)},
        "weighted": regression(weight),
    }

    out["ranking"] = {
        "relevance": relevance.astype(float).tolist(),
        "score": document.tolist(),
        "ndcg": [m.ndcg_score(relevance[i : i + 1], document[i : i + 1]) for i in range(12)],
        "ndcg_5": [m.ndcg_score(relevance[i : i + 1], document[i : i + 1], k=5) for i in range(12)],
        "dcg_5": [m.dcg_score(relevance[i : i + 1], document[i : i + 1], k=5) for i in range(12)],
    }

    # Intervals.
    error = np.abs(actual - predicted)

    def delong(level):
        """The definition of 1988, pair by pair."""
        pos, neg = score[y], score[~y]
        wins = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
        area = wins.mean()
        sd = np.sqrt(wins.mean(axis=1).var(ddof=1) / len(pos) + wins.mean(axis=0).var(ddof=1) / len(neg))
        z = stats.norm.ppf(0.5 + level / 2)
        return [area, area - z * sd, area + z * sd]

    out["interval"] = {
        "wilson": [
            [k, size, level, *stats.binomtest(k, size).proportion_ci(level, "wilson")]
            for k, size, level in ((0, 10, 0.95), (10, 10, 0.95), (7, 10, 0.9), (156, 200, 0.99), (1, 1000, 0.95))
        ],
        "mean_error": [error.mean(), *stats.t.interval(0.95, n - 1, error.mean(), stats.sem(error))],
        "delong": delong(0.95),
        "delong_0.8": delong(0.8),
    }
    return out


with open(os.path.join(os.path.dirname(__file__), "..", "inputs.json")) as f:
    fixed = arrays(json.load(f))
json.dump(
    {
        "tool": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {np.__version__}",
        "origin": "testdata/gen/metrics.py",
        "sets": {"drawn": evaluate(drawn()), "fixed": evaluate(fixed)},
    },
    sys.stdout,
    separators=(",", ":"),
)
print()
