"""Writes ../golden.json: what pandas and polars give for joins, as-of joins, duplicates and concatenations of random tables.

Run with pandas 3.1.1 and polars 2.1.0: python relation.py
A table is text: a line of columns as name:type, then a line for each row, with a point for null.
"""

import json
import os
import random

import pandas as pd
import polars as pl

TYPES = {"int64": pl.Int64, "int32": pl.Int32, "float64": pl.Float64, "utf8": pl.String}


def cell(v):
    if v is None:
        return "."
    if isinstance(v, float):
        if v != v:
            return "NaN"
        return str(int(v)) if v == int(v) else repr(v)
    return str(v)


def text(columns, rows):
    return "\n".join([" ".join(columns)] + [" ".join(cell(v) for v in r) for r in rows])


def frame(columns, rows):
    names = [c.split(":")[0] for c in columns]
    return pl.DataFrame(rows, schema={c.split(":")[0]: TYPES[c.split(":")[1]] for c in columns}, orient="row") if rows else pl.DataFrame(
        schema={n: TYPES[c.split(":")[1]] for n, c in zip(names, columns)}
    )


def lines(df):
    return [" ".join(cell(v) for v in r) for r in df.rows()]


def pick(rng, values, nulls=0.15):
    return None if rng.random() < nulls else rng.choice(values)


def table(rng, n, columns, last):
    kinds = {"int64": [1, 2, 3, 4], "int32": [1, 2, 3, 4], "float64": [0.0, -0.0, 0.5, float("nan"), 2.0], "utf8": ["x", "y", "zz"]}
    rows = [[pick(rng, kinds[c.split(":")[1]]) for c in columns] + [i] for i in range(n)]
    return columns + [last + ":int64"], rows


def joins(rng):
    for i in range(24):
        left_columns = ["k:int64", "s:utf8"] if i % 3 else ["k:float64", "s:utf8"]
        right_columns = ["k:int32", "s:utf8"] if i % 3 else ["k:float64", "s:utf8"]
        lc, lr = table(rng, rng.randrange(14), left_columns, "l")
        rc, rr = table(rng, rng.randrange(14), right_columns, "r")
        on = [["k"], ["s"], ["k", "s"]][i // 4 % 3]
        how = ["inner", "left", "semi", "anti"][i % 4]
        left, right = frame(lc, lr), frame(rc, rr)
        right = right.with_columns(pl.col("k").cast(left.schema["k"]))
        order = {} if how in ("semi", "anti") else {"maintain_order": "left_right"}
        got = left.join(right, on=on, how=how, suffix="_right", **order)
        yield {"op": "join", "how": how, "on": on, "left": text(lc, lr), "right": text(rc, rr), "want": lines(got)}


def asofs(rng):
    for i in range(36):
        def side(value):
            n = rng.randrange(1, 16)
            times = sorted(rng.randrange(12) for _ in range(n))
            return ["t:int64", "k:utf8", value + ":int64"], [[t, rng.choice("xyz"), j] for j, t in enumerate(times)]

        lc, lr = side("l")
        rc, rr = side("r")
        by = ["k"] if i % 2 else []
        direction = ["backward", "forward", "nearest"][i // 2 % 3]
        strict = bool(i // 6 % 2)
        tolerance = [0, 2][i // 12 % 2]
        left = pd.DataFrame(lr, columns=["t", "k", "l"])
        right = pd.DataFrame(rr, columns=["t", "k", "r"])
        if not by:
            right = right[["t", "r"]]
            rc, rr = ["t:int64", "r:int64"], [[r[0], r[2]] for r in rr]
        got = pd.merge_asof(
            left, right, on="t", by=by or None, direction=direction, allow_exact_matches=not strict, tolerance=tolerance or None
        )
        want = [" ".join([str(t), k, str(l), "." if r != r else str(int(r))]) for t, k, l, r in got.itertuples(index=False)]
        yield {"op": "asof", "how": direction, "on": by, "strict": strict, "tolerance": tolerance, "left": text(lc, lr), "right": text(rc, rr), "want": want}


def duplicates(rng):
    for i in range(12):
        columns = ["a:int64", "b:float64", "c:utf8"]
        kinds = [[1, 2], [0.5, float("nan"), 0.0, -0.0], ["x", "y"]]
        rows = [[pick(rng, k, 0.2) for k in kinds] for _ in range(rng.randrange(1, 20))]
        on = [None, ["a"], ["b"], ["c", "a"]][i % 4]
        how = ["first", "last"][i // 4 % 2]
        got = frame(columns, rows).unique(subset=on, keep=how, maintain_order=True)
        yield {"op": "dedupe", "how": how, "on": on, "left": text(columns, rows), "want": lines(got)}


def concats(rng):
    for _ in range(6):
        lc, lr = table(rng, rng.randrange(5), ["a:int64", "b:utf8"], "n")
        rc, rr = table(rng, rng.randrange(5), ["b:utf8", "c:float64"], "n")
        got = pl.concat([frame(lc, lr), frame(rc, rr)], how="diagonal")
        yield {"op": "concat", "left": text(lc, lr), "right": text(rc, rr), "want": lines(got)}


def main():
    rng = random.Random(7)
    cases = [c for make in (joins, asofs, duplicates, concats) for c in make(rng)]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden.json")
    with open(path, "w") as f:
        f.write('{"pandas": "%s", "polars": "%s", "cases": [\n' % (pd.__version__, pl.__version__))
        f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
        f.write("\n]}\n")


main()
