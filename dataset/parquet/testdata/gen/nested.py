"""Writes nested.parquet files and nested.jsonl of TestNestedFilesOfPyarrow: random nested values from a fixed seed. pyarrow 26.0.1."""
import json, pathlib, random
import pyarrow as pa, pyarrow.parquet as pq
here = pathlib.Path(__file__).resolve().parent.parent
r = random.Random(7)
null = lambda f, p=0.2: None if r.random() < p else f()
words = ["", "a", "bc", "Zürich", "x" * 40]
def leafs(): return {"i": null(lambda: r.randrange(-9, 9)), "t": null(lambda: r.choice(words)), "l": null(lambda: [null(lambda: r.random() < .5) for _ in range(r.randrange(4))])}
def row(n):
    return {"id": n,
            "floats": null(lambda: [null(lambda: r.randrange(64) / 4) for _ in range(r.choice([0, 1, 2, 30]))]),
            "texts": null(lambda: [null(lambda: r.choice(words)) for _ in range(r.randrange(5))]),
            "deep": null(lambda: [null(lambda: [null(lambda: [null(lambda: r.randrange(99)) for _ in range(r.randrange(3))]) for _ in range(r.randrange(3))]) for _ in range(r.randrange(3))]),
            "place": null(lambda: {"city": null(lambda: r.choice(words)), "at": null(lambda: {"x": r.randrange(8) / 2, "more": null(leafs)})}),
            "items": null(lambda: [null(leafs) for _ in range(r.randrange(4))]),
            "map": null(lambda: [(r.choice(words) + str(k), null(lambda: [leafs()] * r.randrange(3))) for k in range(r.randrange(3))])}
leaf = pa.struct([("i", pa.int16()), ("t", pa.string()), ("l", pa.list_(pa.bool_()))])
schema = pa.schema([pa.field("id", pa.int64(), nullable=False), ("floats", pa.list_(pa.float32())), ("texts", pa.list_(pa.string())), ("deep", pa.list_(pa.list_(pa.list_(pa.int64())))),
                    ("place", pa.struct([("city", pa.string()), ("at", pa.struct([pa.field("x", pa.float64(), nullable=False), ("more", leaf)]))])),
                    ("items", pa.list_(leaf)), ("map", pa.map_(pa.string(), pa.list_(leaf)))])
rows = [row(n) for n in range(400)]
table = pa.Table.from_pylist(rows, schema=schema)
for version, page, codec in [("v1", "1.0", "lz4"), ("v2", "2.0", "snappy")]:
    pq.write_table(table, here / f"nested-{version}.parquet", data_page_version=page, compression=codec, data_page_size=300, write_batch_size=16, row_group_size=170, store_schema=False,
                   use_dictionary=["texts.list.element", "place.city"], write_page_checksum=True, column_encoding={"deep.list.element.list.element.list.element": "DELTA_BINARY_PACKED", "items.list.element.t": "DELTA_BYTE_ARRAY"})
with open(here / "nested.jsonl", "w") as f:
    for one in rows:
        if one["map"] is not None:
            one["map"] = [{"key": k, "value": v} for k, v in one["map"]]
        f.write(json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")
