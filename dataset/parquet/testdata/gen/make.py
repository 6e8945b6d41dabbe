"""Writes ../types-v1.parquet and ../types-v2.parquet, read by pyarrow_test.go, with pyarrow 24.0.0: python make.py

Row i has the values that pyarrow_test.go states; every 7th row is null in every column but id.
"""
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

n = 500
null = [i % 7 == 6 for i in range(n)]


def column(f, t):
    return pa.array([None if null[i] else f(i) for i in range(n)], t)


table = pa.table({
    "id": pa.array(range(n), pa.int32()),
    "b": column(lambda i: i % 3 == 0, pa.bool_()),
    "i8": column(lambda i: i % 100 - 50, pa.int8()),
    "u16": column(lambda i: i * 131, pa.uint16()),
    "u32": column(lambda i: 2**32 - 1 - i, pa.uint32()),
    "u64": column(lambda i: 2**64 - 1 - i, pa.uint64()),
    "i64": column(lambda i: -(2**62) + i, pa.int64()),
    "f32": column(lambda i: i / 4, pa.float32()),
    "f64": column(lambda i: i / 3, pa.float64()),
    "s": column(lambda i: "é" * (i % 5), pa.string()),
    "cat": column(lambda i: ["DE", "FR", "US"][i % 3], pa.dictionary(pa.int8(), pa.string())),
    "bin": column(lambda i: bytes([i % 256, 255]), pa.binary()),
    "fix": column(lambda i: bytes([1, 2, i % 256]), pa.binary(3)),
    "date": column(lambda i: i * 40, pa.date32()),
    "ms": column(lambda i: 1_700_000_000_000 + i, pa.timestamp("ms", "UTC")),
    "us": column(lambda i: 1_700_000_000_000_000 + i, pa.timestamp("us")),
    "ns": column(lambda i: (1_700_000_000_000_000 + i) * 1000, pa.timestamp("ns", "Europe/Paris")),
    "d9": column(lambda i: decimal.Decimal(i - 250) / 100, pa.decimal128(9, 2)),
    "d38": column(lambda i: decimal.Decimal(-i) * 10**30, pa.decimal128(38, 4)),
})
here = pathlib.Path(__file__).resolve().parent.parent
for version in ("1.0", "2.0"):
    pq.write_table(
        table, here / f"types-v{version[0]}.parquet", data_page_version=version, row_group_size=300, data_page_size=500, write_batch_size=64,
        compression={"1.0": "snappy", "2.0": "gzip"}[version], store_schema=False, use_dictionary=["cat", "s", "u16"],
        store_decimal_as_integer=version == "2.0", write_page_checksum=True,
        column_encoding={"i64": "DELTA_BINARY_PACKED", "f64": "BYTE_STREAM_SPLIT", "bin": "DELTA_LENGTH_BYTE_ARRAY"} if version == "2.0" else None)
nested = pa.table({"id": pa.array([1, 2]), "tags": pa.array([["a"], None]), "place": pa.array([{"x": 1.0}, None]), "at": pa.array([1, 2], pa.time64("us")),
                   "fine": pa.array([1000, 1001], pa.timestamp("ns"))})
pq.write_table(nested, here / "refused.parquet", store_schema=False)
