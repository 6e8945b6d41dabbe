"""The suite profile: the figures of every column in one tool, in a process that loads nothing else, as the same JSON lines as peers.py.

columns.py run     --tool TOOL --data F.parquet [--threads N] [--repeat N]
columns.py figures --data F.parquet     prints the figures of polars for each column, exact, as JSON

The rows are in memory before the clock starts. polars counts values, nulls and distinct values, makes moments, seven quantiles and the 20 most frequent values, or the lengths of texts; SUMMARIZE of
DuckDB has no most frequent values and no higher moments, estimates distinct values and gives three quantiles.
"""

import argparse
import json
import os

import job

AT = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
TOP = 20


def expressions(schema):
    import polars as pl

    for name, kind in schema.items():
        c = pl.col(name)
        figures = {"nulls": c.null_count(), "distinct": c.drop_nulls().n_unique(), "top": c.drop_nulls().value_counts(sort=True).head(TOP).implode()}
        if kind == pl.String:
            size = c.str.len_chars()
            figures |= {"min": size.min(), "max": size.max(), "mean": size.mean()}
        elif kind != pl.Boolean:
            number = c if kind.is_numeric() else c.to_physical()
            figures |= {"count": c.count(), "min": number.min(), "max": number.max(), "mean": number.mean(), "std": number.std(), "skewness": number.skew(), "kurtosis": number.kurtosis()}
            figures |= {"quantiles": number.quantile(AT)}
        yield from (e.alias(f"{name}:{figure}") for figure, e in figures.items())


def numeric(schema):
    return [name for name, kind in schema.items() if kind.is_numeric()]


def polars_tool(o):
    import polars as pl

    frame = pl.read_parquet(o.data)

    def quality(found):
        def total(figure, names):
            return sum(found[f"{name}:{figure}"].item() for name in names)

        return {"nulls": total("nulls", frame.columns), "means": total("mean", numeric(frame.schema)), "spreads": total("std", numeric(frame.schema))}

    return "polars " + pl.__version__, frame.shape, lambda: frame.lazy().select(*expressions(frame.schema)).collect(), quality


def duckdb_tool(o):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads={o.threads}")
    connection.execute("CREATE TABLE orders AS FROM read_parquet('{}')".format(o.data.replace("'", "''")))
    shape = connection.execute("SELECT count(*) FROM orders").fetchall()[0][0], len(connection.sql("FROM orders").columns)

    def quality(rows):
        numbers = [r for r in rows if r["column_type"] in ("BIGINT", "DOUBLE")]
        return {"means": sum(float(r["avg"]) for r in numbers), "spreads": sum(float(r["std"]) for r in numbers)}

    return "DuckDB SUMMARIZE " + duckdb.__version__, shape, lambda: connection.sql("SUMMARIZE orders").to_arrow_table().to_pylist(), quality


TOOLS = {"polars": polars_tool, "duckdb": duckdb_tool}


def figures(o):
    """Exact figures, each quantile as the values one hundredth of the rows before and after it."""
    import polars as pl

    frame = pl.read_parquet(o.data)
    out = {}
    for name, kind in frame.schema.items():
        c = frame[name].drop_nulls()
        f = {"nulls": frame[name].null_count(), "distinct": c.n_unique()}
        counts = c.value_counts(sort=True)
        if kind == pl.String:
            size = c.str.len_chars()
            f |= {"min": size.min(), "max": size.max(), "mean": size.mean(), "top": {value: n for value, n in counts.head(TOP).iter_rows()}}
        elif kind.is_numeric():
            v = c.cast(pl.Float64).sort()
            f |= {"count": len(v), "min": v[0], "max": v[-1], "mean": v.mean(), "std": v.std(), "skewness": v.skew(), "kurtosis": v.kurtosis()}
            f["counts"] = [n for _, n in counts.head(TOP).iter_rows()]
            f["quantiles"] = [[v.quantile(max(k - 1, 0) / 100, "lower"), v.quantile(min(k + 1, 100) / 100, "higher")] for k in range(101)]
        out[name] = f
    print(json.dumps(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["run", "figures"])
    parser.add_argument("--tool", choices=list(TOOLS))
    parser.add_argument("--data", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    o = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = str(o.threads)
    if o.verb == "figures":
        figures(o)
        return
    tool, shape, run, quality = TOOLS[o.tool](o)
    j = job.Job("profile", "columns", tool, shape, o.threads, run, quality)
    for _ in range(o.repeat):
        j.measure()
    j.report()


if __name__ == "__main__":
    main()
