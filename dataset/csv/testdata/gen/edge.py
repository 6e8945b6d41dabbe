"""What pyarrow and pandas make of edge cases of delimited text, as edge.json beside this folder: one object a case, with its bytes as the characters of
those numbers, and columns as [name, type, cells as text] or the kind of error.

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
    "quoted numbers": 'a,b\n"1","2.5"\n"-3","4"\n',
    "quoted date": 'a\n"2024-02-29"\n',
    "empty quoted cell among numbers": 'a,b\n1,x\n"",y\n',
    "quoted null token among numbers": 'a,b\n1,x\n"NA",y\n',
    "null among integers": "a,b\n1,x\n,y\n",
    "null among bools": "a,b\ntrue,x\n,y\n",
    "null among dates": "a,b\n2024-02-29,x\n,y\n",
    "spaces behind a closing quote": 'a,b\n"x" ,1\n',
    "spaces before a quote": 'a,b\n "x",1\n',
    "backslash before a quote": 'a,b\n"x\\"y",1\n',
    "backslash at the end": "a,b\nx\\,1\n",
    "single quotes": "a,b\n'x,1\n",
    "three quotes": 'a,b\n"""x""",1\n',
    "quotes alone": 'a\n""\n""\n',
    "delimiters and line ends in quotes": 'a,b\n"1,2\n3,4\n",5\n',
    "empty lines in quotes": 'a,b\n"\n\n",1\n',
    "header in quotes": '"a,1","b""2"\n1,2\n',
    "line end in a name": '"a\n1",b\n1,2\n',
    "spaces around names": " a , b \n1,2\n",
    "names that differ in case": "a,A\n1,2\n",
    "numbers as names": "1,2.5\n1,2\n",
    "two empty names": ",\n1,2\n",
    "empty lines before the header": "\n\na,b\n1,2\n",
    "CRLF and empty lines": "a,b\r\n\r\n1,2\r\n\r\n",
    "trailing delimiter of rows": "a,b\n1,2,\n",
    "trailing delimiter of the header": "a,b,\n1,2\n",
    "empty last column": "a,b\n1,\n2,\n",
    "no line end behind the header": "a,b",
    "line of delimiters": "a,b,c\n1,2,3\n,,\n",
    "empty text": "",
    "exponents": "a\n1E5\n1e+5\n1.5e-05\n",
    "exponents of integers": "a\n1e3\n2e3\n",
    "exponent without digits": "a\n1e\n",
    "two signs": "a\n--1\n",
    "sign alone": "a,b\n-,1\n+,2\n",
    "sign behind": "a\n1-\n",
    "plus sign of a float": "a\n+1.5\n",
    "leading zeros of a float": "a\n007.50\n",
    "point alone": "a\n.\n",
    "percent": "a\n50%\n",
    "currency": "a\n$5\n",
    "decimal comma": 'a\n"1,5"\n',
    "forty digits": "a\n0.1234567890123456789012345678901234567890\n",
    "forty digits of an integer": "a\n1234567890123456789012345678901234567890\n",
    "underflow": "a\n1e-999\n1\n",
    "whole floats": "a\n1.0\n2.0\n",
    "infinity in capitals": "a\nINF\n-INF\n",
    "infinity with a plus": "a\n+inf\n1.5\n",
    "NAN in capitals": "a\nNAN\n1.5\n",
    "-nan": "a\n-nan\n1.5\n",
    "tab around a number": "a,b\n\t1\t,2\n",
    "yes and no": "a\nyes\nno\n",
    "T and F": "a\nT\nF\n",
    "bool in odd capitals": "a\ntRUE\n",
    "bool and one": "a\ntrue\n1\n",
    "bool between spaces": "a,b\n true ,1\n",
    "integer and bool": "a\n1\ntrue\n",
    "integer and date": "a\n1\n2024-02-29\n",
    "date and text": "a\n2024-02-29\nx\n",
    "date with slashes": "a\n2024/02/29\n",
    "date with points": "a\n29.02.2024\n",
    "date without signs": "a\n20240229\n",
    "date of one digit": "a\n2024-2-9\n",
    "month": "a\n2024-02\n",
    "year 0": "a\n0000-01-01\n",
    "year 9999": "a\n9999-12-31\n",
    "year of five digits": "a\n10000-01-01\n",
    "date between spaces": "a,b\n 2024-02-29 ,1\n",
    "time of day": "a\n12:30:00\n",
    "time with a small t and z": "a\n2024-02-29t12:30:00z\n",
    "leap second": "a\n2016-12-31 23:59:60\n",
    "hour 24": "a\n2024-02-29 24:00:00\n",
    "nanoseconds": "a\n2024-02-29 12:30:00.123456789\n",
    "milliseconds and Z": "a\n2024-02-29T12:30:00.500Z\n",
    "offset of hours": "a\n2024-02-29 12:30:00+01\n",
    "offset without a colon": "a\n2024-02-29 12:30:00+0130\n",
    "offset behind a space": "a\n2024-02-29 12:30:00 +01:00\n",
    "name of a zone": "a\n2024-02-29 12:30:00 UTC\n",
    "control character": "a,b\nx\x01y,1\n",
    "byte order mark in a cell": "a,b\nx,\ufeff\n",
}

# The same with what a reader is told: the delimiter, and how characters are written.
TOLD = {
    "tabs": (b'a\tb\n1,5\t"x\ty"\n', "\t", "utf8"),
    "semicolons": (b'a;b\n1;"x;y"\n', ";", "utf8"),
    "bars": (b"a|b\n1|x,y\n", "|", "utf8"),
    "spaces as delimiters": (b"a b\n1 x\n", " ", "utf8"),
    "UTF-16, low byte first": ("\ufeffa,b\n\u00e9\u20ac\U0001f600,1\n".encode("utf-16-le"), ",", "utf-16"),
    "UTF-16, high byte first": ("\ufeffa,b\n\u00e9\u20ac\U0001f600,1\n".encode("utf-16-be"), ",", "utf-16"),
    "Latin-1": (b"a,b\ncaf\xe9,1\n", ",", "latin-1"),
    "Latin-1 as UTF-8": (b"a,b\ncaf\xe9,1\n", ",", "utf8"),
    "half a character": (b"a,b\nx\xe2\x82,1\n", ",", "utf8"),
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


def by_pyarrow(raw, delimiter, encoding):
    try:
        t = pacsv.read_csv(
            io.BytesIO(raw), read_options=pacsv.ReadOptions(use_threads=False, encoding=encoding),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, delimiter=delimiter),
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


def by_pandas(raw, delimiter, encoding):
    try:
        t = pd.read_csv(io.BytesIO(raw), sep=delimiter, encoding=encoding)
        return [[t.columns[i], TYPES.get(str(t.dtypes.iloc[i]), str(t.dtypes.iloc[i])), [text(v) for v in t.iloc[:, i].tolist()]] for i in range(t.shape[1])]
    except Exception as e:
        return type(e).__name__


def main():
    assert pa.__version__ == "26.0.1" and pd.__version__ == "3.1.1", "versions are stated above"
    told = {n: (c.encode(), ",", "utf8") for n, c in CASES.items()} | TOLD
    cases = [
        {"name": n, "raw": raw.decode("latin-1"), "delimiter": d, "encoding": e, "pyarrow": by_pyarrow(raw, d, e), "pandas": by_pandas(raw, d, e)}
        for n, (raw, d, e) in told.items()
    ]
    print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")


main()
