"""Reading a table of PostgreSQL: ours, adbc and connectorx in turn, each in a process of its own, and the CPU of that process.

sql.py make --database URL [--rows N]    makes the table bench of 10 columns; takes about a minute for a million rows
sql.py run --database URL [--rounds N]   reads it in turn and prints the medians as Markdown

Every client keeps the whole result: ours as batches, the others as one Arrow table. CPU is user and system of the client, from connecting to the last row; imports, the start of the process
and the server are not in it. Ours are the benchmarks of dataset/sql/postgres, built here: Read is the binary format, DatabaseSQL is package dataset/sql over pgx's driver.
Needs Go, and a Python with adbc-driver-postgresql 1.13.0, connectorx 0.4.6, pyarrow 26.0.1 and psycopg 3.3.9.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

QUERY = "SELECT id, a, s, x, y, amount, name, code, at, flag FROM bench"
MAKE = """CREATE TABLE bench AS SELECT i::int8 AS id, (i * 7919 % 100000)::int4 AS a, (i % 1000)::int2 AS s, random() * 1000 AS x,
 CASE WHEN i % 97 <> 0 THEN random() * 10 END AS y, (i * 31 % 10000000 / 100.0)::numeric(12,2) AS amount, 'customer ' || (i % 5000) AS name, md5(i::text) AS code,
 timestamptz '2024-01-01' + i * interval '13 seconds' AS at, CASE WHEN i % 13 <> 0 THEN i % 7 = 0 END AS flag FROM generate_series(1::int8, %d) i"""


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def adbc(database):
    import adbc_driver_manager
    import adbc_driver_postgresql
    import adbc_driver_postgresql.dbapi
    import pyarrow  # noqa: F401: in the time of the imports

    def read():
        with adbc_driver_postgresql.dbapi.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(QUERY)
            return cursor.fetch_arrow_table()

    return "adbc-driver-postgresql " + adbc_driver_postgresql.__version__, read


def connectorx(database):
    import connectorx
    import pyarrow  # noqa: F401: in the time of the imports

    return "connectorx " + connectorx.__version__, lambda: connectorx.read_sql(database, QUERY, return_type="arrow")


def client(o):
    name, read = {"adbc": adbc, "connectorx": connectorx}[o.client](o.database)
    cpu, start = cpu_seconds(), time.perf_counter()
    table = read()
    seconds, wall = cpu_seconds() - cpu, time.perf_counter() - start
    if len(table) == 0 or table.num_columns != 10:
        sys.exit(f"{name}: {len(table)} rows of {table.num_columns} columns")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    nulls = sum(column.null_count for column in table.columns)
    print(json.dumps({"client": name, "cpu": seconds, "wall": wall, "peak": peak, "rows": len(table), "nulls": nulls}))


def ours(binary, benchmark, database):
    command = [binary, "-test.run", "^$", "-test.bench", f"^Benchmark{benchmark}$", "-test.benchtime", "1x"]
    out = subprocess.run(command, env=os.environ | {"TIDEWHEEL_POSTGRES": database}, check=True, capture_output=True, text=True).stdout
    number = lambda unit: float(re.search(r"([\d.e+]+) " + unit + r"\b", out).group(1))
    return {"client": "tidewheel " + benchmark, "cpu": number("cpu-s/op"), "wall": number("ns/op") / 1e9, "peak": number("peak-MiB"), "rows": int(number("rows")), "nulls": int(number("nulls"))}


def run(o):
    here = pathlib.Path(__file__).resolve().parent
    lines = {}
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "postgres.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "."], cwd=here.parents[2] / "dataset/sql/postgres", check=True)
        clients = [lambda: ours(binary, "Read", o.database), lambda: ours(binary, "DatabaseSQL", o.database)]
        for name in ("adbc", "connectorx"):
            command = [sys.executable, __file__, "client", "--client", name, "--database", o.database]
            clients.append(lambda command=command: json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        for i in range(o.rounds):
            for read in clients[i % len(clients):] + clients[: i % len(clients)]:
                line = read()
                print(json.dumps(line), file=sys.stderr, flush=True)
                lines.setdefault(line["client"], []).append(line)
    if len({(line["rows"], line["nulls"]) for name in lines for line in lines[name]}) != 1:
        sys.exit("the clients have read different rows or nulls")
    names = sorted(lines, key=lambda name: statistics.median(line["cpu"] for line in lines[name]))
    against = next(lines[name] for name in names if name.startswith("adbc"))
    base = statistics.median(line["cpu"] for line in against)
    print("| client | CPU s | to adbc | range | wall s | peak MiB |\n|---|---|---|---|---|---|")
    for name in names:
        median = {key: statistics.median(line[key] for line in lines[name]) for key in ("cpu", "wall", "peak")}
        ratios = [mine["cpu"] / theirs["cpu"] for mine, theirs in zip(lines[name], against)]
        print(f"| {name} | {median['cpu']:.3f} | {median['cpu'] / base:.2f} | {min(ratios):.2f}–{max(ratios):.2f} | {median['wall']:.2f} | {median['peak']:.0f} |")


def make(o):
    import psycopg

    with psycopg.connect(o.database, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench")
        connection.execute(MAKE.replace("%d", str(o.rows)))
        connection.execute("VACUUM ANALYZE bench")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["make", "run", "client"])
    parser.add_argument("--database", required=True, help="a URL, such as postgresql://user@/database?host=/folder/of/the/socket")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--client", choices=["adbc", "connectorx"])
    o = parser.parse_args()
    {"make": make, "run": run, "client": client}[o.command](o)


if __name__ == "__main__":
    main()
