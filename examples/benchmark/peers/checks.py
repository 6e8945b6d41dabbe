"""The suite validate: the 26 checks of ../parcels.go in one tool, in a process that loads nothing else, as the same JSON lines as peers.py.

checks.py run  --tool TOOL --data F.parquet [--threads N] [--repeat N]
checks.py rows --tool TOOL --data F.parquet     prints, of each check that fails, the rows, as JSON

The rows are in memory before the clock starts, and every tool keeps the address of every row that it finds. What is missing passes every check that is not about it. A check of a
whole column (its type, its share of nulls) that fails has the row 0. Where a tool has no check of a kind, a function or an added column makes one, as its users do it.
"""

import argparse
import json
import os
import warnings

import job

CODE = "[A-Z]{2}-[0-9]{6}-[0-9]"
EMAIL = r"[a-z0-9.]+@[a-z0-9-]+\.(com|org|net)"
COUNTRIES = [f"C{k:02d}" for k in range(30)]
STATES = ["ordered", "packed", "sent", "delivered", "returned"]
STORES = list(range(1, 201))
RANGES = {"quantity": (1, 20), "age": (0, 120), "price": (0, 500), "discount": (0, 0.5), "latitude": (-90, 90)}
NULLS = {"weight": 0.05, "rating": 0.02}
NAMES = (  # in the order of ../parcels.go
    ["id_type", "price_type", "ordered_type", "id_not_null", "status_not_null", "weight_null_share", "rating_null_share"]
    + [name + "_between" for name in RANGES]
    + ["weight_positive", "country_in_set", "status_in_set", "store_in_set", "code_matches", "email_matches", "note_length", "id_unique", "code_unique", "id_increasing"]
    + ["low_high", "ordered_delivered", "gross_sum", "delivered_has_time"]
)
WHOLE = {"id_type", "price_type", "ordered_type", "weight_null_share", "rating_null_share"}
WITHIN = 0.005  # of gross, whose sum is rounded to cents


def polars_expressions():
    """What is wrong with a row by each check."""
    import polars as pl

    c = pl.col
    bad = {name + "_between": ~c(name).is_between(*bounds) for name, bounds in RANGES.items()}
    return bad | {
        "id_not_null": c("id").is_null(),
        "status_not_null": c("status").is_null(),
        "weight_positive": c("weight") <= 0,
        "country_in_set": ~c("country").is_in(COUNTRIES),
        "status_in_set": ~c("status").is_in(STATES),
        "store_in_set": ~c("store").is_in(STORES),
        "code_matches": ~c("code").str.contains(f"^(?:{CODE})$"),
        "email_matches": ~c("email").str.contains(f"^(?:{EMAIL})$"),
        "note_length": ~c("note").str.len_chars().is_between(1, 40),
        "id_unique": c("id").is_duplicated(),
        "code_unique": c("code").is_duplicated(),
        "id_increasing": c("id").diff() <= 0,
        "low_high": c("low") > c("high"),
        "ordered_delivered": c("ordered") > c("delivered"),
        "gross_sum": (c("net") + c("tax") - c("gross")).abs() > WITHIN,
        "delivered_has_time": (c("status") == "delivered") & c("delivered").is_null(),
    }


def polars_tool(o):
    import polars as pl

    frame = pl.read_parquet(o.data)
    types = {"id_type": ("id", pl.Int64), "price_type": ("price", pl.Float64), "ordered_type": ("ordered", pl.Datetime("us"))}

    def run():
        rows = [bad.fill_null(False).arg_true().implode().alias(name) for name, bad in polars_expressions().items()]
        shares = [(pl.col(name).null_count() / pl.len() > most).alias(name + "_null_share") for name, most in NULLS.items()]
        found = frame.lazy().select(*rows, *shares).collect()
        failed = {name: [0] for name, (column, kind) in types.items() if frame.schema[column] != kind}
        failed |= {name + "_null_share": [0] for name in NULLS if found[name + "_null_share"].item()}
        return failed | {name: found[name].item() for name in NAMES if name not in WHOLE}

    return "polars " + pl.__version__, frame.shape, run, dict


def cases(failures, columns, checks, rows):
    """The rows of pandera's failure cases by our names. A check of a table of pandas has a case for each column of a row."""
    found = {}
    for column, check, row in zip(columns, checks, rows):
        name = {"not_nullable": "not_null", "field_uniqueness": "unique"}.get(check)
        if name:
            name = f"{column}_{name}"
        else:
            name = check if check in NAMES else f"{column}_type"
        found.setdefault(name, set()).add(0 if name in WHOLE else int(row))
    return found


def validated(schema, frame, errors):
    """What pandera raises, or None."""
    try:
        schema.validate(frame, lazy=True)
    except errors as e:
        return e.failure_cases
    return None


def pandera_columns(pa, types, increasing, share, match):
    """The columns of a schema of pandera with their checks, which both of its backends share."""
    checks = {name: [pa.Check.in_range(*bounds, error=name + "_between")] for name, bounds in RANGES.items()}
    checks |= {
        "id": [pa.Check(increasing, error="id_increasing")],
        "weight": [share("weight"), pa.Check.gt(0, error="weight_positive")],
        "rating": [share("rating")],
        "country": [pa.Check.isin(COUNTRIES, error="country_in_set")],
        "status": [pa.Check.isin(STATES, error="status_in_set")],
        "store": [pa.Check.isin(STORES, error="store_in_set")],
        "code": [pa.Check.str_matches(match(CODE), error="code_matches")],
        "email": [pa.Check.str_matches(match(EMAIL), error="email_matches")],
        "note": [pa.Check.str_length(1, 40, error="note_length")],
        "ordered": [],
    }
    return {
        name: pa.Column(types.get(name), these, nullable=name not in ("id", "status"), unique=name in ("id", "code"))
        for name, these in checks.items()
    }


def pandera_polars_tool(o):
    import pandera
    import pandera.polars as pa
    import polars as pl

    frame = pl.read_parquet(o.data)
    types = {"id": pl.Int64, "price": pl.Float64, "ordered": pl.Datetime("us")}

    def share(name):  # fails in the first row, since the failure of a check that gives one bool cannot stand beside the texts of others
        return pa.Check(lambda data: data.lazyframe.select((pl.col(name).null_count() / pl.len() <= NULLS[name]) | (pl.int_range(pl.len()) > 0)), error=name + "_null_share")

    def wide(name):
        return pa.Check(lambda data: data.lazyframe.select(~polars_expressions()[name]), error=name)

    columns = pandera_columns(pa, types, lambda data: data.lazyframe.select(~(pl.col(data.key).diff() <= 0)), share, lambda pattern: f"^(?:{pattern})$")
    schema = pa.DataFrameSchema(columns, checks=[wide(name) for name in ("low_high", "ordered_delivered", "gross_sum", "delivered_has_time")])

    def name(failures):
        return {} if failures is None else cases(failures, failures["column"], failures["check"], failures["index"])

    return "pandera " + pandera.__version__ + ", polars", frame.shape, lambda: validated(schema, frame, pa.errors.SchemaErrors), name


def pandera_pandas_tool(o):
    import pandas as pd
    import pandera
    import pandera.pandas as pa

    frame = pd.read_parquet(o.data)
    types = {"id": "int64", "price": "float64", "ordered": "datetime64[us]"}

    def share(name):
        return pa.Check(lambda s: bool(s.isna().mean() <= NULLS[name]), ignore_na=False, error=name + "_null_share")

    def wide(name, good):
        return pa.Check(good, ignore_na=False, error=name)

    columns = pandera_columns(pa, types, lambda s: ~(s.diff() <= 0), share, lambda pattern: f"(?:{pattern})$")
    schema = pa.DataFrameSchema(columns, checks=[
        wide("low_high", lambda f: ~(f["low"] > f["high"])),
        wide("ordered_delivered", lambda f: ~(f["ordered"] > f["delivered"])),
        wide("gross_sum", lambda f: ~((f["net"] + f["tax"] - f["gross"]).abs() > WITHIN)),
        wide("delivered_has_time", lambda f: ~((f["status"] == "delivered") & f["delivered"].isna())),
    ])

    def name(failures):
        return {} if failures is None else cases(failures, failures["column"], failures["check"], failures["index"])

    return "pandera " + pandera.__version__ + ", pandas", frame.shape, lambda: validated(schema, frame, pa.errors.SchemaErrors), name


def great_expectations_tool(o):
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    warnings.simplefilter("ignore")
    import great_expectations as gx
    import pandas as pd

    e = gx.expectations
    frame = pd.read_parquet(o.data)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batches = context.data_sources.add_pandas("rows").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("rows")
    either = "either_value_is_missing"
    expectations = {
        "id_type": e.ExpectColumnValuesToBeOfType(column="id", type_="int64"),
        "price_type": e.ExpectColumnValuesToBeOfType(column="price", type_="float64"),
        "ordered_type": e.ExpectColumnValuesToBeOfType(column="ordered", type_="datetime64[us]"),
        "id_not_null": e.ExpectColumnValuesToNotBeNull(column="id"),
        "status_not_null": e.ExpectColumnValuesToNotBeNull(column="status"),
        "weight_positive": e.ExpectColumnValuesToBeBetween(column="weight", min_value=0, strict_min=True),
        "country_in_set": e.ExpectColumnValuesToBeInSet(column="country", value_set=COUNTRIES),
        "status_in_set": e.ExpectColumnValuesToBeInSet(column="status", value_set=STATES),
        "store_in_set": e.ExpectColumnValuesToBeInSet(column="store", value_set=STORES),
        "code_matches": e.ExpectColumnValuesToMatchRegex(column="code", regex=f"^(?:{CODE})$"),
        "email_matches": e.ExpectColumnValuesToMatchRegex(column="email", regex=f"^(?:{EMAIL})$"),
        "note_length": e.ExpectColumnValueLengthsToBeBetween(column="note", min_value=1, max_value=40),
        "id_unique": e.ExpectColumnValuesToBeUnique(column="id"),
        "code_unique": e.ExpectColumnValuesToBeUnique(column="code"),
        "id_increasing": e.ExpectColumnValuesToBeIncreasing(column="id", strictly=True),
        "low_high": e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="high", column_B="low", or_equal=True, ignore_row_if=either),
        "ordered_delivered": e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="delivered", column_B="ordered", or_equal=True, ignore_row_if=either),
        "gross_sum": e.ExpectColumnValuesToBeBetween(column="gross_off", min_value=-WITHIN, max_value=WITHIN),
        "delivered_has_time": e.ExpectColumnValuesToNotBeNull(column="delivered", row_condition='status=="delivered"', condition_parser="pandas"),
    }
    expectations |= {name + "_between": e.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high) for name, (low, high) in RANGES.items()}
    expectations |= {name + "_null_share": e.ExpectColumnProportionOfNonNullValuesToBeBetween(column=name, min_value=1 - most) for name, most in NULLS.items()}
    for name, expectation in expectations.items():
        expectation.meta = {"name": name}
    suite = gx.ExpectationSuite(name="parcels", expectations=list(expectations.values()))

    def run():
        batch = batches.get_batch(batch_parameters={"dataframe": frame.assign(gross_off=frame["net"] + frame["tax"] - frame["gross"])})
        return batch.validate(suite, result_format={"result_format": "COMPLETE"})

    def name(outcome):
        found = {}
        for r in outcome.results:
            name = r.expectation_config.meta["name"]
            if r.exception_info.get("raised_exception"):
                raise RuntimeError(f"{name}: {r.exception_info}")
            if not r.success:
                found[name] = [0] if name in WHOLE else r.result["unexpected_index_list"]
        return found

    return "Great Expectations " + gx.__version__, frame.shape, run, name


def duckdb_tool(o):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads={o.threads}")
    connection.execute("CREATE TABLE parcels AS FROM read_parquet('{}')".format(o.data.replace("'", "''")))

    def texts(values):
        return ", ".join(f"'{v}'" for v in values)

    bad = {f"{name}_between": f"{name} NOT BETWEEN {low} AND {high}" for name, (low, high) in RANGES.items()} | {
        "id_not_null": "id IS NULL",
        "status_not_null": "status IS NULL",
        "weight_positive": "weight <= 0",
        "country_in_set": f"country NOT IN ({texts(COUNTRIES)})",
        "status_in_set": f"status NOT IN ({texts(STATES)})",
        "store_in_set": f"store NOT IN ({', '.join(map(str, STORES))})",
        "code_matches": f"NOT regexp_full_match(code, '{CODE}')",
        "email_matches": f"NOT regexp_full_match(email, '{EMAIL}')",
        "note_length": "length(note) NOT BETWEEN 1 AND 40",
        "low_high": "low > high",
        "ordered_delivered": "ordered > delivered",
        "gross_sum": f"abs(net + tax - gross) > {WITHIN}",
        "delivered_has_time": "status = 'delivered' AND delivered IS NULL",
    }
    cells = ", ".join(f"list(rowid) FILTER (WHERE {condition}) AS {name}" for name, condition in bad.items())
    shares = ", ".join(f"1 - count({name}) / count(*) > {most} AS {name}_null_share" for name, most in NULLS.items())

    def one(query):
        found = connection.execute(query)
        return dict(zip([column[0] for column in found.description], found.fetchall()[0]))

    def run():
        types = dict(connection.execute("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'parcels'").fetchall())
        found = one(f"SELECT {cells}, {shares} FROM parcels")
        for column in ("id", "code"):
            found |= one(f"SELECT list(rowid) AS {column}_unique FROM parcels WHERE {column} IN (SELECT {column} FROM parcels GROUP BY ALL HAVING count(*) > 1)")
        found |= one("SELECT list(row) AS id_increasing FROM (SELECT rowid AS row, id <= lag(id) OVER (ORDER BY rowid) AS bad FROM parcels) WHERE bad")
        wanted = {"id": "BIGINT", "price": "DOUBLE", "ordered": "TIMESTAMP"}
        return found | {f"{name}_type": types[name] != kind for name, kind in wanted.items()}

    shape = one("SELECT count(*) AS n FROM parcels")["n"], len(connection.sql("FROM parcels").columns)
    return "DuckDB " + duckdb.__version__, shape, run, lambda found: {name: [0] if name in WHOLE else rows for name, rows in found.items() if rows}


TOOLS = {"polars": polars_tool, "pandera-polars": pandera_polars_tool, "pandera-pandas": pandera_pandas_tool, "great-expectations": great_expectations_tool, "duckdb": duckdb_tool}


def quality(found):
    """As the method of that name in ../parcels.go."""
    return {"found": sum(len(found.get(name, ())) for name in NAMES), "addresses": sum((k + 1) * int(row) for k, name in enumerate(NAMES) for row in found.get(name, ()))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["run", "rows"])
    parser.add_argument("--tool", choices=list(TOOLS), required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    o = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = str(o.threads)
    tool, shape, run, name = TOOLS[o.tool](o)
    if o.verb == "rows":
        print(json.dumps({check: sorted(map(int, rows)) for check, rows in name(run()).items() if len(rows)}))
        return
    j = job.Job("validate", "checks", tool, shape, o.threads, run, lambda found: quality(name(found)))
    for _ in range(o.repeat):
        j.measure()
    j.report()


if __name__ == "__main__":
    main()
