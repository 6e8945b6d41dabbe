"""Writes ../booleans-v1.parquet and ../booleans-v2.parquet, read by booleans_test.go, with pyarrow 26.0.1: python booleans.py

Booleans in the RLE encoding, with runs and packed bits: booleans_test.go states the values of row i.
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

n = 1500
table = pa.table({
    "id": pa.array(range(n), pa.int32()),
    "runs": pa.array([i // 37 % 2 == 0 for i in range(n)]),
    "mixed": pa.array([None if i % 11 == 5 else i < 500 or i % 3 == 0 for i in range(n)]),
    "always": pa.array([True] * n),
    "nothing": pa.array([None] * n, pa.bool_()),
})
here = pathlib.Path(__file__).resolve().parent.parent
for version in ("1.0", "2.0"):
    pq.write_table(
        table, here / f"booleans-v{version[0]}.parquet", data_page_version=version, row_group_size=700, data_page_size=40, write_batch_size=64,
        compression={"1.0": "snappy", "2.0": "zstd"}[version], store_schema=False, use_dictionary=False,
        column_encoding={c: "RLE" for c in table.column_names[1:]})
