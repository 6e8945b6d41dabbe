"""What pyarrow and pandas make of edge cases of delimited text, as edge.json beside this folder: one object a case, with columns as [name, type, cells as text] or the kind of error.

python edge.py > ../edge.json      # pyarrow 26.0.1, pandas 3.1.1
"""

import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

CASES = {
    "quoted delimiter": 'a,b\n"x,y",1\n',
    "doubled quote": 'a\n"x ""y"" z"\n',
    "only a doubled quote": 'a,b\n"""",1\n',
    "line end in quotes": 'a,b\n"x\ny",1\n',
    "CRLF in quotes": 'a,b\r\n"x\r\ny",1\r\n',
    "quote inside a bare cell": 'a,b\nx"y,1\n',
    "quotes inside a bare cell": 'a,b\nx"y"z,1\n',
    "text behind a closing quote": 'a,b\n"x"y,1\n',
    "open quote at the end": 'a,b\n1,2\n"x,1\n',
    "empty quoted cell": 'a,b\n"",1\nx,2\n',
    "quoted null token": 'a,b\n"NA",1\nNA,2\n',
    "no last line end": "a,b\n1,2",
    "CRLF": "a,b\r\n1,2\r\n",
    "mixed line ends": "a,b\r\n1,2\n3,4\r\n",
    "carriage returns alone": "a,b\r1,2\r",
    "empty lines": "a,b\n\n1,2\n\n\n3,4\n",
    "empty line of one column": "a\n1\n\n2\n",
    "line of spaces": "a\n1\n  \n2\n",
    "byte order mark": "\ufeffa,b\n1,2\n",
    "byte order mark and quotes": '\ufeff"a",b\n1,2\n',
    "short record": "a,b\n1\n",
    "long record": "a,b\n1,2,3\n",
    "header only": "a,b\n",
    "same names": "a,a\n1,2\n",
    "empty name": "a,\n1,2\n",
    "trailing delimiter": "a,b,\n1,2,\n",
    "empty cells": "a,b\n,\n,\n",
    "integers": "a\n1\n-2\n",
    "plus sign": "a\n+1\n2\n",
    "leading zeros": "a\n007\n010\n",
    "negative zero": "a\n-0\n1\n",
    "int64 limits": "a\n9223372036854775807\n-9223372036854775808\n",
    "beyond int64": "a\n9223372036854775808\n",
    "beyond int64 with a fraction": "a\n9223372036854775808\n0.5\n",
    "spaces around numbers": "a,b\n 1 ,2\n",
    "spaces around text": "a,b\n x ,2\n",
    "floats": "a\n1.5\n-2e3\n.5\n5.\n",
    "integers then floats": "a\n1\n2.5\n",
    "infinities": "a\ninf\n-Infinity\n",
    "NaN": "a\nNaN\n1.5\n",
    "subnormal": "a\n5e-324\n2.2250738585072011e-308\n",
    "halfway": "a\n9007199254740993.0\n0.1000000000000000055511151231257827\n",
    "overflow": "a\n1e999\n",
    "underscore": "a\n1_000\n",
    "hexadecimal": "a\n0x10\n",
    "thousands": 'a\n"1,000"\n',
    "true and false": "a,b\ntrue,False\nfalse,True\n",
    "upper TRUE": "a\nTRUE\nFALSE\n",
    "one and zero": "a\n1\n0\n",
    "mixed bool and text": "a\ntrue\nmaybe\n",
    "null tokens": "a,b\nNA,1\nnull,2\nN/A,3\nnan,4\n#N/A,5\n",
    "None": "a,b\nNone,1\nx,2\n",
    "dash": "a,b\n-,1\n2,2\n",
    "dates": "a\n2024-02-29\n1969-12-31\n",
    "no such date": "a\n2023-02-29\n",
    "times": "a\n2024-02-29 12:30:00\n1969-12-31 23:59:59\n",
    "times with T": "a\n2024-02-29T12:30:00\n",
    "times with minutes": "a\n2024-02-29 12:30\n",
    "times with fractions": "a\n2024-02-29 12:30:00.5\n2024-02-29 12:30:00.000001\n",
    "times with Z": "a\n2024-02-29T12:30:00Z\n",
    "times with offsets": "a\n2024-02-29T12:30:00+01:00\n2024-02-29T12:30:00Z\n",
    "times with and without Z": "a\n2024-02-29T12:30:00Z\n2024-02-29T12:30:00\n",
    "dates and times": "a\n2024-02-29\n2024-02-29 12:30:00\n",
    "American dates": "a\n02/29/2024\n",
    "unicode": "a,b\n\u00e9\u20ac\U0001f600,1\n",
    "unicode name": "\u00e9,b\nx,1\n",
    "NUL byte": "a,b\nx\x00y,1\n",
    "wide spaces": "a,b\n\u00a01,2\n",
    "tab in a cell": "a,b\nx\ty,1\n",
    "comment character": "a,b\n#x,1\n",
    "quote as the last byte": 'a,b\n1,"x"',
    "delimiter as the last byte": "a,b\n1,",
    "one cell": "a",
}
TYPES = {"double": "float64", "string": "utf8", "large_string": "utf8", "str": "utf8", "date32[day]": "date32", "null": "utf8", "object": "utf8"}


def text(v):
    if v is None or v is pd.NaT or isinstance(v, float) and v != v:
        return None
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, float):
        return v.hex()
    if hasattr(v, "isoformat"):
        return v.isoformat()
    return str(v)


def by_pyarrow(raw):
    try:
        t = pacsv.read_csv(
            io.BytesIO(raw), read_options=pacsv.ReadOptions(use_threads=False), parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False))
        out = []
        for name, column in zip(t.column_names, t.columns):
            kind = str(column.type)
            if kind.startswith("timestamp"):
                kind = "timestamp[us,UTC]" if column.type.tz else "timestamp[us]"
                column = column.cast(pa.timestamp("us", column.type.tz))
            out.append([name, TYPES.get(kind, kind), [text(v) for v in column.to_pylist()]])
        return out
    except Exception as e:
        return type(e).__name__


def by_pandas(raw):
    try:
        t = pd.read_csv(io.BytesIO(raw))
        return [[t.columns[i], TYPES.get(str(t.dtypes.iloc[i]), str(t.dtypes.iloc[i])), [text(v) for v in t.iloc[:, i].tolist()]] for i in range(t.shape[1])]
    except Exception as e:
        return type(e).__name__


def main():
    assert pa.__version__ == "26.0.1" and pd.__version__ == "3.1.1", "versions are stated above"
    cases = [{"name": n, "text": c, "pyarrow": by_pyarrow(c.encode()), "pandas": by_pandas(c.encode())} for n, c in CASES.items()]
    print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")


main()
