"""Writes ../ranking.json: metrics of rankings by LightGBM and scikit-learn.

    pip install lightgbm==4.7.0 scikit-learn==1.9.1 numpy
    python ranking.py > ../ranking.json

Queries of 1 to 40 documents with grades 0 to 4, some without a relevant one. LightGBM evaluates the scores as the initial scores of a booster without trees. They have no
ties, since LightGBM takes ties in the order of rows, and queries without a relevant document have weight 1, since its NDCG does not weigh them; scikit-learn's figures are there for scores with ties too. scikit-learn refuses queries of one document: they are
left out of its means.
"""

import json
import sys

import lightgbm
import numpy as np
import sklearn
import sklearn.metrics as m

rng = np.random.default_rng(7)
sizes = rng.integers(1, 41, 60)
query = np.repeat(np.arange(60), sizes)
grade = rng.choice(5, len(query), p=[0.55, 0.2, 0.12, 0.08, 0.05]).astype(float)
grade[np.isin(query, [3, 17, 40])] = 0
score = grade * 0.4 + rng.normal(size=len(query))
tied = np.round(score)
weights = rng.choice([0.5, 1.0, 2.0], 60)
weights[[not (grade[query == q] > 0).any() for q in range(60)]] = 1
weight = np.repeat(weights, sizes)

params = {"objective": "lambdarank", "metric": "ndcg,map", "eval_at": [1, 3, 5, 10], "verbose": -1, "min_data_in_leaf": 1}


def evaluate(at, weights):
    data = lightgbm.Dataset(rng.normal(size=(len(query), 2)), label=grade, group=sizes, init_score=score, weight=weights)
    out = lightgbm.Booster({**params, "eval_at": at}, data).eval_train()
    return {name.replace("@", "_"): value for _, name, value, _ in out}


def learn(values, k, queries=range(60)):
    return float(np.mean([m.ndcg_score([grade[query == q]], [values[query == q]], k=k) for q in queries if sizes[q] > 1]))


every = [1, 3, 5, 10, 100]
json.dump(
    {
        "tool": f"lightgbm {lightgbm.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        "origin": "testdata/gen/ranking.py",
        "query": query.tolist(),
        "grade": grade.tolist(),
        "score": score.tolist(),
        "tied": tied.tolist(),
        "weight": weight.tolist(),
        "lightgbm": evaluate(every, None),
        "lightgbm_weighted": evaluate(every, weight),
        "sklearn": {"ndcg_score": learn(score, None), "ndcg_score_5": learn(score, 5), "ndcg_score_10": learn(score, 10)},
        "sklearn_tied": {"ndcg_score": learn(tied, None), "ndcg_score_5": learn(tied, 5), "ndcg_score_10": learn(tied, 10)},
        "average_precision_tied": [
            float(m.average_precision_score(grade[query == q] > 0, tied[query == q])) if (grade[query == q] > 0).any() else 1.0 for q in range(60)
        ],
    },
    sys.stdout,
    separators=(",", ":"),
)
print()
