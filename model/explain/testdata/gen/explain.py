"""Writes explain.json and the model files beside it: what LightGBM, shap and scikit-learn say.

python testdata/gen/explain.py testdata   with lightgbm 4.7.0, xgboost 3.2.0, shap 0.51.0, scikit-learn 1.9.1
"""
import json
import sys

import lightgbm as lgb
import numpy as np
import shap
import sklearn
import xgboost as xgb
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression

out = sys.argv[1]
rng = np.random.default_rng(7)


def rows(n, p):
    x = rng.normal(size=(n, p)).round(3)
    x[rng.random((n, p)) < 0.05] = np.nan
    x[:, 1] = rng.integers(0, 4, n)  # few values, many ties
    return x


def plain(a):
    return np.asarray(a, dtype=float).tolist()


def nulls(a):
    return [[None if np.isnan(v) else v for v in r] for r in a]


common = dict(verbosity=-1, seed=1, num_threads=1, deterministic=True)
result = {"versions": {"lightgbm": lgb.__version__, "xgboost": xgb.__version__, "shap": shap.__version__, "scikit-learn": sklearn.__version__}}

# A regression with missing values, features that come twice on a path, and one that is never used.
x = rows(600, 7)
x[:, 6] = 1
filled = np.nan_to_num(x)
y = filled[:, 0] * filled[:, 2] + np.sin(3 * filled[:, 3]) + 0.5 * filled[:, 1] + 3
booster = lgb.train(dict(common, objective="regression", num_leaves=15, min_data_in_leaf=5, learning_rate=0.2), lgb.Dataset(x, y), num_boost_round=12)
booster.save_model(f"{out}/regression.txt")
test, back = x[:8], x[100:125]
explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
mixed = shap.TreeExplainer(booster, data=back, feature_perturbation="interventional")
result["regression"] = {
    "rows": nulls(test), "background": nulls(back),
    "contrib": plain(booster.predict(test, pred_contrib=True)),
    "interactions": plain(explainer.shap_interaction_values(test[:3])),
    "interventional": plain(mixed.shap_values(test)), "interventional_base": float(np.ravel(mixed.expected_value)[0]),
    "raw": plain(booster.predict(test, raw_score=True)),
}

# Three classes with a categorical feature.
x = rows(600, 5)
x[:, 4] = rng.integers(0, 12, 600)
filled = np.nan_to_num(x)
y = (filled[:, 0] + (filled[:, 4] % 3 == 1) + 0.3 * filled[:, 2] > 0.7).astype(int) + (filled[:, 3] > 1)
booster = lgb.train(dict(common, objective="multiclass", num_class=3, num_leaves=9, min_data_in_leaf=5, min_data_per_group=5, cat_smooth=1),
                    lgb.Dataset(x, y, categorical_feature=[4]), num_boost_round=5)
booster.save_model(f"{out}/multiclass.txt")
test = x[:6].copy()
test[0, 4] = 99  # never seen
test[1, 4] = np.nan
result["multiclass"] = {"rows": nulls(test), "contrib": plain(booster.predict(test, pred_contrib=True))}

# XGBoost, with missing values.
y = (np.nan_to_num(x[:, 0]) * np.nan_to_num(x[:, 2]) + 0.4 * x[:, 1] > 0.6).astype(int)
booster = xgb.train(dict(objective="binary:logistic", max_depth=4, eta=0.3, seed=1, nthread=1), xgb.DMatrix(x, y), num_boost_round=8)
booster.save_model(f"{out}/xgboost.ubj")
data = xgb.DMatrix(x[:6])
result["xgboost"] = {
    "rows": nulls(x[:6]), "contrib": plain(booster.predict(data, pred_contribs=True)),
    "interactions": plain(booster.predict(data, pred_interactions=True)[:, :-1, :-1]),
}

# A model whose rows have no missing values, for what scikit-learn computes by brute force.
x = rng.normal(size=(120, 4)).round(2)
x[:, 2] = (x[:, 0] + 0.3 * x[:, 2]).round(2)
x[:, 3] = rng.integers(0, 3, 120)
y = x[:, 0] ** 2 + x[:, 1] * (x[:, 3] == 1) + x[:, 2]
model = lgb.LGBMRegressor(n_estimators=10, num_leaves=7, min_child_samples=5, **common).fit(x, y)
model.booster_.save_model(f"{out}/plain.txt")
one = partial_dependence(model, x, [0], kind="both", grid_resolution=12, method="brute")
pair = partial_dependence(model, x, [0, 3], kind="average", grid_resolution=6, method="brute")
importance = permutation_importance(model, x, y, scoring="r2", n_repeats=200, random_state=0)
result["plain"] = {
    "rows": plain(x), "target": plain(y),
    "grid": plain(one["grid_values"][0]), "average": plain(one["average"][0]), "individual_first5": plain(one["individual"][0][:5]),
    "grids": [plain(g) for g in pair["grid_values"]], "pair": plain(pair["average"][0]),
    "importance_r2": plain(importance.importances_mean), "importance_std": plain(importance.importances_std),
}


def ale(predict, x, j, bins):
    """Apley & Zhu (2020), section 3.2, equations 15 and 16, the quantile edges being observed values."""
    v = x[:, j]
    edges = np.unique([np.sort(v)[max(-(-k * len(v) // bins) - 1, 0)] for k in range(bins + 1)])
    at = np.clip(np.searchsorted(edges, v, side="left"), 1, len(edges) - 1)
    low, high = x.copy(), x.copy()
    low[:, j], high[:, j] = edges[at - 1], edges[at]
    d = predict(high) - predict(low)
    counts = np.array([(at == k).sum() for k in range(1, len(edges))])
    steps = np.array([d[at == k].mean() if (at == k).any() else 0.0 for k in range(1, len(edges))])
    g = np.concatenate([[0], np.cumsum(steps)])
    centre = (counts * (g[1:] + g[:-1]) / 2).sum() / counts.sum()
    return edges, g - centre, counts


edges, effect, counts = ale(model.predict, x, 0, 10)
result["plain"]["ale"] = {"edges": plain(edges), "effect": plain(effect), "counts": plain(counts)}

linear = LinearRegression().fit(x, y)
sl = shap.LinearExplainer(linear, shap.maskers.Independent(x[:50], max_samples=50))
result["linear"] = {
    "coef": plain(linear.coef_), "intercept": float(linear.intercept_), "background": 50,
    "values": plain(sl.shap_values(x[:4])), "base": float(sl.expected_value),
}
with open(f"{out}/explain.json", "w") as f:
    json.dump(result, f, separators=(",", ":"))
    f.write("\n")
