"""The suite ingest: one file, one case, one tool, in a process that loads nothing else, as the same JSON lines as peers.py.

ingest.py files [--data F.csv] [--parquet F.parquet [--quoted]] --to FOLDER   writes types.json, rows.parquet and quoted.csv, which every tool reads, without measuring
ingest.py run   --tool TOOL --case CASE --data F [--types types.json] [--threads N] [--repeat N]

rows.parquet is the generated rows as pyarrow writes them, with Snappy and eight row groups, whose first column is in order; quoted.csv has every value in quotes; types.json are the
types that pyarrow infers of the whole CSV file. What a case reads stays in memory, but in the cases that end in _scan, which drop each batch. pyarrow, polars and pandas give their own tables,
DuckDB an Arrow table. pandas is told which columns are dates, polars and DuckDB look for them. Of JSON lines pyarrow and DuckDB read such texts as times, the others as texts, so that the bytes of texts differ.
"""

import argparse
import json
import os

import job

FEW = ["id", "price", "country", "at"]  # the columns of parquet_columns
MOST = 450  # parquet_filter keeps the rows whose price, from 0 to 500, is above
GROUPS = 8  # row groups, of which parquet_range wants the fourth
BATCH = 65536


def read_csv(path, threads, types=None, nulls=()):
    """Reads a CSV file with pyarrow."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    pa.set_cpu_count(threads)
    return pacsv.read_csv(path, read_options=pacsv.ReadOptions(use_threads=threads > 1), convert_options=csv_options(types, nulls))


def csv_options(types, nulls=()):
    import pyarrow.csv as pacsv

    convert = pacsv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False, column_types=types)
    convert.null_values = convert.null_values + list(nulls)
    return convert


def kind(t):
    """The name of an Arrow type in types.json."""
    import pyarrow as pa

    if pa.types.is_timestamp(t):
        return "timestamp_utc" if t.tz else "timestamp"
    return {"int64": "int", "double": "float", "bool": "bool", "date32[day]": "date"}.get(str(t), "text")


def files(o):
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    if o.data:
        with open(os.path.join(o.to, "types.json"), "w") as f:
            json.dump({field.name: kind(field.type) for field in read_csv(o.data, 1).schema}, f)
    if not o.parquet:
        return
    source = pq.ParquetFile(o.parquet)
    group = -(-source.metadata.num_rows // GROUPS)
    schema = source.schema_arrow.remove_metadata()
    with pq.ParquetWriter(os.path.join(o.to, "rows.parquet"), schema, compression="snappy") as parquet:
        held = []
        for batch in source.iter_batches(BATCH):
            held.append(batch)
            while sum(b.num_rows for b in held) >= group:
                table = pa.Table.from_batches(held, schema)
                parquet.write_table(table.slice(0, group), row_group_size=group)
                held = table.slice(group).to_batches()
        if held:
            parquet.write_table(pa.Table.from_batches(held, schema), row_group_size=group)
    if o.quoted:
        with pacsv.CSVWriter(os.path.join(o.to, "quoted.csv"), schema, write_options=pacsv.WriteOptions(quoting_style="all_valid")) as csv:
            for batch in source.iter_batches(BATCH):
                csv.write_batch(batch)


def middle(rows):
    """The ids of the fourth row group: from, and to without it."""
    group = -(-rows // GROUPS)
    return 3 * group, 4 * group


def counts(batches):
    """What is left of batches that were dropped."""
    rows = nulls = columns = 0
    for batch in batches:
        rows += batch.num_rows
        columns = batch.num_columns
        nulls += sum(column.null_count for column in batch.columns)
    return {"rows": rows, "columns": columns, "nulls": nulls}


def pyarrow_cases(o):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv
    import pyarrow.json as pajson
    import pyarrow.parquet as pq

    pa.set_cpu_count(o.threads)
    many = o.threads > 1
    low, high = middle(o.rows)
    arrow_types = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "text": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us"), "timestamp_utc": pa.timestamp("us", "UTC")}
    types = {name: arrow_types[t] for name, t in o.types.items()}

    def scan():
        with pacsv.open_csv(o.data, read_options=pacsv.ReadOptions(use_threads=many), convert_options=csv_options(types)) as reader:
            return counts(reader)

    def arrow():
        with pa.memory_map(o.data) as f:
            return pa.ipc.open_file(f, options=pa.ipc.IpcReadOptions(use_threads=many)).read_all()

    return "pyarrow " + pa.__version__, {
        "csv_infer": lambda: read_csv(o.data, o.threads),
        "csv_schema": lambda: read_csv(o.data, o.threads, types),
        "csv_scan": scan,
        "csv_gz": lambda: read_csv(o.data, o.threads),
        "jsonl": lambda: pajson.read_json(o.data, read_options=pajson.ReadOptions(use_threads=many)),
        "arrow": arrow,
        "parquet": lambda: pq.read_table(o.data, use_threads=many),
        "parquet_columns": lambda: pq.read_table(o.data, use_threads=many, columns=FEW),
        "parquet_filter": lambda: pq.read_table(o.data, use_threads=many, filters=pc.field("price") > MOST),
        "parquet_range": lambda: pq.read_table(o.data, use_threads=many, filters=(pc.field("id") >= low) & (pc.field("id") < high)),
        "parquet_scan": lambda: counts(pq.ParquetFile(o.data).iter_batches(BATCH, use_threads=many)),
    }


def polars_cases(o):
    os.environ["POLARS_MAX_THREADS"] = str(o.threads)
    import polars as pl

    low, high = middle(o.rows)
    dtypes = {"int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean, "text": pl.String, "date": pl.Date, "timestamp": pl.Datetime("us"), "timestamp_utc": pl.Datetime("us", "UTC")}
    types = {name: dtypes[t] for name, t in o.types.items()}
    return "polars " + pl.__version__, {
        "csv_infer": lambda: pl.read_csv(o.data, try_parse_dates=True),
        "csv_schema": lambda: pl.read_csv(o.data, schema=types),
        "csv_gz": lambda: pl.read_csv(o.data, try_parse_dates=True),
        "jsonl": lambda: pl.read_ndjson(o.data),
        "arrow": lambda: pl.read_ipc(o.data),
        "parquet": lambda: pl.read_parquet(o.data),
        "parquet_columns": lambda: pl.read_parquet(o.data, columns=FEW),
        "parquet_filter": lambda: pl.scan_parquet(o.data).filter(pl.col("price") > MOST).collect(),
        "parquet_range": lambda: pl.scan_parquet(o.data).filter((pl.col("id") >= low) & (pl.col("id") < high)).collect(),
    }


def pandas_cases(o):
    import pandas as pd

    dtypes = {"int": "Int64", "float": "float64", "bool": "boolean", "text": "str"}
    types = {name: dtypes[t] for name, t in o.types.items() if t in dtypes}
    dates = [name for name, t in o.types.items() if t not in dtypes]
    return "pandas " + pd.__version__, {
        "csv_infer": lambda: pd.read_csv(o.data, parse_dates=dates),
        "csv_schema": lambda: pd.read_csv(o.data, dtype=types, parse_dates=dates),
        "csv_gz": lambda: pd.read_csv(o.data, parse_dates=dates),
    }


def duckdb_cases(o):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads={o.threads}")
    low, high = middle(o.rows)
    kinds = {"int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN", "text": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP", "timestamp_utc": "TIMESTAMPTZ"}

    quoted = [f'"{name}"' for name in FEW]

    def table(query):
        return connection.sql(query).to_arrow_table()

    file = "'" + o.data.replace("'", "''") + "'"
    columns = ", ".join(f"'{name}': '{kinds[t]}'" for name, t in o.types.items())
    typed = f"FROM read_csv({file}, columns = {{{columns}}}, header = true, delim = ',', quote = '\"', escape = '\"')"
    return "DuckDB " + duckdb.__version__, {
        "csv_infer": lambda: table(f"FROM read_csv({file})"),
        "csv_schema": lambda: table(typed),
        "csv_gz": lambda: table(f"FROM read_csv({file})"),
        "csv_scan": lambda: counts(connection.sql(typed).to_arrow_reader(BATCH)),
        "jsonl": lambda: table(f"FROM read_json({file}, format = 'newline_delimited')"),
        "parquet": lambda: table(f"FROM read_parquet({file})"),
        "parquet_columns": lambda: table(f"SELECT {', '.join(quoted)} FROM read_parquet({file})"),
        "parquet_filter": lambda: table(f"FROM read_parquet({file}) WHERE price > {MOST}"),
        "parquet_range": lambda: table(f"FROM read_parquet({file}) WHERE id >= {low} AND id < {high}"),
        "parquet_scan": lambda: counts(connection.sql(f"FROM read_parquet({file})").to_arrow_reader(BATCH)),
    }


TOOLS = {"pyarrow": pyarrow_cases, "polars": polars_cases, "pandas": pandas_cases, "duckdb": duckdb_cases}


def as_table(result):
    """Any tool's result as an Arrow table."""
    import pyarrow as pa

    if isinstance(result, pa.Table):
        return result
    if hasattr(result, "to_arrow"):
        return result.to_arrow()
    return pa.Table.from_pandas(result, preserve_index=False)


def quality(result):
    """Rows and nulls, and the sums of whole numbers, of others and of the bytes of texts, which no two ways of reading share by chance."""
    if isinstance(result, dict):
        return {name: result[name] for name in ("rows", "nulls")}
    import pyarrow as pa
    import pyarrow.compute as pc

    table = as_table(result)
    floats = ints = size = 0
    for column in table.columns:
        kind = column.type
        if pa.types.is_integer(kind):
            ints += pc.sum(column).as_py() or 0
        elif pa.types.is_floating(kind):
            floats += pc.sum(pc.if_else(pc.is_nan(column), 0, column)).as_py() or 0
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            size += pc.sum(pc.binary_length(column)).as_py() or 0
    return {"rows": table.num_rows, "nulls": sum(column.null_count for column in table.columns), "ints": ints, "floats": floats, "chars": size}


def run(o):
    if o.types:
        with open(o.types) as f:
            o.types = json.load(f)
    tool, cases = TOOLS[o.tool](o)
    if o.case not in cases:
        return
    j = job.Job("ingest", o.case, tool, (0, 0), o.threads, cases[o.case], quality)
    for _ in range(o.repeat):
        j.measure()
    rows, columns = (j.result["rows"], j.result["columns"]) if isinstance(j.result, dict) else as_table(j.result).shape
    j.line |= {"rows": o.rows or rows, "columns": columns}
    j.report()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["files", "run"])
    parser.add_argument("--data")
    parser.add_argument("--parquet")
    parser.add_argument("--quoted", action="store_true", help="files: write quoted.csv too")
    parser.add_argument("--to")
    parser.add_argument("--tool", choices=list(TOOLS))
    parser.add_argument("--case")
    parser.add_argument("--types", default={})
    parser.add_argument("--rows", type=int, default=0, help="run: of a Parquet file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    o = parser.parse_args()
    {"files": files, "run": run}[o.verb](o)


if __name__ == "__main__":
    main()
