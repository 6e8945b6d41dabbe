"""Writes orders.csv, a seeded table with 3 % nulls and planted faults, and orders.json, the rows that break each check.

Run in testdata: python gen/orders.py. Made with pandera 0.35.0, pandas 3.1.1, numpy 2.4.6, Python 3.11.
Cells are judged by pandera; orders between rows, sums and outliers, which it has no check for, by the pandas and numpy
expressions below.
"""
import json

import numpy as np
import pandas as pd
import pandera.pandas as pa

rng = np.random.default_rng(45)
n = 400
day = pd.Timestamp("2026-01-01")
ordered = day + pd.to_timedelta(np.sort(rng.integers(0, 200, n)), unit="D")
low = rng.normal(10, 2, n).round(3)
a, b = rng.integers(0, 500, n) / 4, rng.integers(0, 500, n) / 4
t = pd.DataFrame({
    "id": np.arange(1000, 1000 + n),
    "amount": rng.gamma(2, 30, n).round(2),
    "low": low,
    "high": (low + rng.gamma(2, 1, n)).round(3),
    "age": rng.integers(18, 90, n).astype(float),
    "code": [f"AB-{k:04d}" for k in rng.integers(0, 10000, n)],
    "country": rng.choice(["DE", "FR", "IT", "ES"], n),
    "ordered": ordered,
    "shipped": ordered + pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
    "a": a,
    "b": b,
    "total": a + b,
})
nullable = ["amount", "low", "high", "age", "code", "country", "shipped", "a", "total"]
for c in nullable:
    t.loc[rng.random(n) < 0.03, c] = np.nan if t[c].dtype.kind == "f" else None
plant = lambda c, rows, values: [t.__setitem__(c, t[c].mask(t.index == r, v)) for r, v in zip(rows, values)]
plant("id", [17, 350], [1002, 1002])
plant("amount", [5, 90], [-3.5, 99999])
plant("high", [33, 260], [0.0, 0.5])
plant("age", [71, 72], [17.0, 140.0])
plant("code", [11, 12, 13, 14, 15], ["ab-0001", "AB-00015", "AB-0001\n", "XB-0001", "AB-\u00fc001"])
plant("country", [200, 399], ["de", "XX"])
plant("ordered", [100], [day])
plant("shipped", [150, 151], [day, day])
plant("total", [0, 399], [-1.0, 0.0])
t["age"] = t["age"].astype("Int64")
t.to_csv("orders.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n")

C = pa.Check
single = {
    "not_null:amount": ("amount", None), "not_null:code": ("code", None),
    "between:amount": ("amount", C.in_range(0, 1000)), "between:age": ("age", C.in_range(18, 100)),
    "greater:amount": ("amount", C.gt(5)), "greater_equal:age": ("age", C.ge(20)), "less:amount": ("amount", C.lt(100)),
    "less_equal:age": ("age", C.le(80)), "equal:country": ("country", C.eq("DE")), "not_equal:country": ("country", C.ne("DE")),
    "in_set:country": ("country", C.isin(["DE", "FR", "IT", "ES"])), "not_in_set:country": ("country", C.notin(["XX", "de"])),
    "in_set:age": ("age", C.isin([20, 30, 40])),
    "matches:code": ("code", C.str_matches(r"[A-Z]{2}-[0-9]{4}\Z")), "contains:code": ("code", C.str_contains(r"[5-7]{2}")),
    "lacks:code": ("code", C(lambda s: ~s.str.contains(r"[5-7]{2}", regex=True))),
    "prefix:code": ("code", C.str_startswith("AB-")), "suffix:code": ("code", C.str_endswith("1")),
    "length:code": ("code", C.str_length(7, 7)),
    "unique:id": ("id", "unique"),
}
wide = {
    "compare:low": lambda d: ~(d.low > d.high), "date_order": lambda d: ~(d.ordered > d.shipped),
    "row_sum": lambda d: ~((d.a + d.b - d.total).abs() > 1e-9),
    "when:age": lambda d: ~((d.country == "DE") & ~(d.age >= 30).fillna(True).astype(bool)),
}


def rows(schema):
    try:
        schema.validate(t, lazy=True)
        return []
    except pa.errors.SchemaErrors as e:
        return sorted({int(i) for i in e.failure_cases["index"]})


out = {}
for name, (column, check) in single.items():
    nullable_ = check is not None
    col = pa.Column(nullable=nullable_, checks=[check] if isinstance(check, pa.Check) else [], unique=check == "unique")
    out[name] = rows(pa.DataFrameSchema({column: col}))
for name, f in wide.items():
    out[name] = rows(pa.DataFrameSchema(checks=[C(f)]))

at = lambda mask: [int(i) for i in t.index[mask.fillna(False)]]
out["unique:country,age"] = at(t.dropna(subset=["country", "age"]).duplicated(["country", "age"], keep=False).reindex(t.index))
o = t["ordered"]
out["increasing:ordered"] = at(o < o.shift())
x = t["amount"]
out["outliers:z"] = at((x - x.mean()).abs() > 3 * x.std())
med = x.median()
out["outliers:mad"] = at(0.6745 * (x - med).abs() > 3.5 * (x - med).abs().median())
q1, q3 = x.quantile(0.25), x.quantile(0.75)
out["outliers:iqr"] = at((x < q1 - 1.5 * (q3 - q1)) | (x > q3 + 1.5 * (q3 - q1)))
figures = {
    "sum": x.sum(), "mean": x.mean(), "std": x.std(), "minimum": x.min(), "maximum": x.max(), "quantile": x.quantile(0.9),
    "null_share": x.isna().mean(), "distinct_count": t["country"].nunique(),
}
with open("orders.json", "w") as f:
    json.dump({"rows": out, "figures": {k: float(v) for k, v in figures.items()}}, f, indent=0, sort_keys=True)
    f.write("\n")
