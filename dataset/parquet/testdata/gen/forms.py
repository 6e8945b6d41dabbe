"""Writes ../forms.parquet, read by forms_test.go, with pyarrow 26.0.1: python forms.py

Columns whose values are neither in the physical type nor in the Arrow type that they become, with nulls, in row groups of two rows with statistics.
"""
import pathlib
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).resolve().parent.parent
halves = [0.5, -2.0, None, 65504.0, 5.960464477539063e-08, float("inf")]
table = pa.table({
    "id": pa.array(range(6), pa.int32()),
    "half": pa.array([None if v is None else np.float16(v) for v in halves], pa.float16()),
    "key": pa.array([None if i == 2 else uuid.UUID(int=0x123456789ABCDEF0_0000000000000000 + i).bytes for i in range(6)], pa.uuid()),
    "ms": pa.array([None if i == 2 else i * 1000 for i in range(6)], pa.time32("ms")),
    "us": pa.array([None if i == 2 else i * 1_000_001 for i in range(6)], pa.time64("us")),
    "ns": pa.array([None if i == 2 else i * 1_000_000_000 for i in range(6)], pa.time64("ns")),
    "fine": pa.array([None if i == 2 else i for i in range(6)], pa.time64("ns")),
})
pq.write_table(table, here / "forms.parquet", store_schema=False, row_group_size=2, compression="lz4", use_dictionary=["key"], write_page_index=True)
