"""Writes the golden files of dataset/ipc. Run in testdata: python gen/make.py. Made with pyarrow 26.0.1, Python 3.
"""
import datetime
import decimal

import pyarrow as pa
import pyarrow.ipc as ipc

UTC = datetime.timezone.utc


def types():
    day = [datetime.date(1969, 12, 31), None, datetime.date(9999, 12, 31), datetime.date(1970, 1, 1)]
    at = [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None, datetime.datetime(2100, 1, 2, 3, 4, 5, 6), datetime.datetime(1970, 1, 1)]
    whole = [None if t is None else t.replace(microsecond=0) for t in at]
    utc = [None if t is None else t.replace(tzinfo=UTC) for t in at]
    cols = [("b", pa.array([True, None, False, True]))]
    for bits in (8, 16, 32, 64):
        cols.append((f"i{bits}", pa.array([-2 ** (bits - 1), None, 2 ** (bits - 1) - 1, 0], pa.int(bits) if hasattr(pa, "int") else getattr(pa, f"int{bits}")())))
        cols.append((f"u{bits}", pa.array([0, None, 2**bits - 1, 1], getattr(pa, f"uint{bits}")())))
    cols += [
        ("f32", pa.array([0.1, None, float("-inf"), -0.0], pa.float32())),
        ("f64", pa.array([5e-324, None, float("nan"), 1.7976931348623157e308])),
        ("s", pa.array(["", None, "é\n\"", "x"])),
        ("ls", pa.array(["", None, "日本", "x"], pa.large_string())),
        ("dict8", pa.array(["a", None, "b", "a"]).dictionary_encode().cast(pa.dictionary(pa.int8(), pa.string()))),
        ("dictl", pa.array(["", None, "b", "b"], pa.large_string()).dictionary_encode()),
        ("bin", pa.array([b"", None, b"\x00\xff", b"x"])),
        ("day", pa.array(day, pa.date32())),
        ("tus", pa.array(at, pa.timestamp("us"))),
        ("tutc", pa.array(utc, pa.timestamp("us", "UTC"))),
        ("tberlin", pa.array(utc, pa.timestamp("us", "Europe/Berlin"))),
        ("ts", pa.array(whole, pa.timestamp("s"))),
        ("tms", pa.array(whole, pa.timestamp("ms", "UTC"))),
        ("tns", pa.array(at, pa.timestamp("ns"))),
        ("dec", pa.array([decimal.Decimal("-1.23"), None, decimal.Decimal("9" * 36 + ".99"), decimal.Decimal("0")], pa.decimal128(38, 2))),
        ("list", pa.array([[1, None], None, [], [2]], pa.list_(pa.int64()))),
        ("fixed", pa.array([[1.0, 2.0], None, [3.0, None], [5.0, 6.0]], pa.list_(pa.float32(), 2))),
        ("struct", pa.array([{"x": 1, "y": "a"}, None, {"x": None, "y": ""}, {"x": 2, "y": None}], pa.struct([("x", pa.int32()), ("y", pa.string())]))),
    ]
    return pa.table(dict(cols))


def write(name, table, batch_rows, stream=False, **options):
    make = ipc.new_stream if stream else ipc.new_file
    with pa.OSFile(name, "wb") as f, make(f, table.schema, options=ipc.IpcWriteOptions(**options)) as w:
        w.write_table(table, max_chunksize=batch_rows)


def main():
    t = types().unify_dictionaries()
    write("types.arrow", t, 3)
    write("types.arrows", t, 3, stream=True)
    write("types-lz4.arrow", t, 3, compression="lz4")
    write("types-zstd.arrows", t, 3, stream=True, compression="zstd")
    write("types-v4.arrows", t, 3, stream=True, metadata_version=ipc.MetadataVersion.V4)
    write("types-legacy.arrows", t, 3, stream=True, metadata_version=ipc.MetadataVersion.V4, use_legacy_format=True)
    write("empty.arrow", t.slice(0, 0), 3)
    write("large-zstd.arrow", pa.table({"n": pa.array(range(3000)), "s": pa.array([f"row {i % 7}" for i in range(3000)])}), 1024, compression="zstd")
    write("large-lz4.arrow", pa.table({"n": pa.array(range(3000)), "s": pa.array([f"row {i % 7}" for i in range(3000)])}), 1024, compression="lz4")

    # dictionaries that grow and that are replaced
    batches = [pa.record_batch({"n": pa.array(n), "d": pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words))})
               for n, codes, words in (([1, 2], [0, 1], ["a", "b"]), ([3, 4], [2, None], ["a", "b", "c"]), ([5, 6], [0, 1], ["z", "c"]))]
    for name, deltas in (("deltas.arrows", True), ("replaced.arrows", False)):
        with pa.OSFile(name, "wb") as f, ipc.new_stream(f, batches[0].schema, options=ipc.IpcWriteOptions(emit_dictionary_deltas=deltas)) as w:
            for b in batches:
                w.write_batch(b)
    with pa.OSFile("deltas.arrow", "wb") as f, ipc.new_file(f, batches[0].schema, options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as w:
        for b in batches[:2]:
            w.write_batch(b)

    # types that are refused, each behind and before a column that is not
    odd = {
        "null": pa.nulls(2),
        "half": pa.array([1.0, 2.0], pa.float16()),
        "dec256": pa.array([decimal.Decimal(1), None], pa.decimal256(50, 0)),
        "time": pa.array([datetime.time(1), None], pa.time64("us")),
        "duration": pa.array([1, None], pa.duration("s")),
        "date64": pa.array([datetime.date(1970, 1, 1), None], pa.date64()),
        "interval": pa.array([pa.MonthDayNano([1, 2, 3]), None]),
        "fixedbin": pa.array([b"xx", None], pa.binary(2)),
        "largebin": pa.array([b"xx", None], pa.large_binary()),
        "largelist": pa.array([[1], None], pa.large_list(pa.int8())),
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int8())),
        "view": pa.array(["long enough to need a buffer of its own", None], pa.string_view()),
        "dense": pa.UnionArray.from_dense(pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array([1]), pa.array(["x"])]),
        "sparse": pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])]),
        "ree": pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["r"])),
        "listview": pa.array([[1], None], pa.list_view(pa.int8())),
        "intdict": pa.array([7, 7]).dictionary_encode(),
    }
    cols = {}
    for name, column in odd.items():
        cols[name] = column
        cols["after_" + name] = pa.array([len(cols), None])
    write("refused.arrow", pa.table(cols), 2)
    write("refused-zstd.arrows", pa.table(cols), 2, stream=True, compression="zstd")


main()
