"""What scipy.io.arff and liac-arff make of texts of ARFF, as edge.json beside this folder: one object a case, with the names and the rows as texts, or null where it errors.

python edge.py > ../edge.json      # scipy 1.17.1, liac-arff 2.5.0
"""

import io
import json
import math
import sys

import arff
import numpy as np
from scipy.io import arff as scipy_arff

HEAD = "@relation r\n@attribute n numeric\n@attribute c {a,b,'c d'}\n@attribute i integer\n@data\n"
TEXT = "@relation r\n@attribute n real\n@attribute s string\n@data\n"
CASES = {
    "plain": HEAD + "1.5,a,3\n-2e3,b,-4\n",
    "missing": HEAD + "?,a,?\n1,?,2\n",
    "quoted values": HEAD + "1,'c d',3\n",
    "spaces around": HEAD + " 1 , a , 3 \n",
    "comments and empty lines": "% c\n\n" + HEAD + "% c\n1,a,3\n\n2,b,4\n",
    "upper case": "@RELATION r\n@ATTRIBUTE n NUMERIC\n@ATTRIBUTE c {a,B}\n@DATA\n1,B\n",
    "CRLF": HEAD.replace("\n", "\r\n") + "1,a,3\r\n",
    "no last line end": HEAD + "1,a,3",
    "quoted names": "@relation 'r r'\n@attribute 'n m' real\n@attribute \"d\" {x}\n@data\n1,x\n",
    "no rows": HEAD,
    "a value not declared": HEAD + "1,z,3\n",
    "a number that is none": HEAD + "x,a,3\n",
    "too few": HEAD + "1,a\n",
    "too many": HEAD + "1,a,3,4\n",
    "an integer with zeros": HEAD + "1,a,3.0\n",
    "texts": TEXT + "1,'it\\'s'\n2,\"a, b\"\n3,plain\n4,?\n",
    "a quoted question mark": TEXT + "1,'?'\n",
    "escapes": TEXT + "1,'tab\\tline\\nend'\n2,'back\\\\slash'\n",
    "an open quote": TEXT + "1,'abc\n",
    "unicode": TEXT + "1,'日本 é'\n",
    "a day": "@relation r\n@attribute d date 'yyyy-MM-dd'\n@data\n2024-02-29\n?\n1969-12-31\n",
    "a time": "@relation r\n@attribute d date \"yyyy-MM-dd HH:mm:ss\"\n@data\n\"2024-02-29 12:34:56\"\n",
    "years of two digits": "@relation r\n@attribute d date 'dd/MM/yy'\n@data\n31/12/69\n01/01/68\n",
    "a day that is none": "@relation r\n@attribute d date 'yyyy-MM-dd'\n@data\n2023-02-29\n",
    "a zone": "@relation r\n@attribute d date 'yyyy-MM-dd HH:mm Z'\n@data\n'2024-01-01 00:00 +0100'\n",
    "sparse": HEAD + "{0 1.5, 2 7}\n{1 b}\n{}\n",
    "sparse quoted": HEAD + "{1 'c d', 2 ?}\n",
    "sparse out of order": HEAD + "{2 1, 0 3}\n",
    "sparse beyond": HEAD + "{3 1}\n",
    "relational": "@relation r\n@attribute x relational\n@attribute n numeric\n@end x\n@data\n'1'\n",
    "unknown type": "@relation r\n@attribute n decimal\n@data\n1\n",
    "no data line": "@relation r\n@attribute n numeric\n",
    "no attributes": "@relation r\n@data\n",
    "empty": "",
    "the same name twice": "@relation r\n@attribute n real\n@attribute n real\n@data\n1,2\n",
    "the same value twice": "@relation r\n@attribute n {a,a}\n@data\na\n",
    "an empty value": HEAD + ",a,3\n",
    "infinity": HEAD + "inf,a,3\n",
    "NaN": HEAD + "nan,a,3\n",
    "one column with spaces": "@relation r\n@attribute s string\n@data\n'a b'\nx\n",
    "tabs between": "@relation r\n@attribute n numeric\n@attribute m numeric\n@data\n1\t2\n",
}


def cell(v):
    if v is None:
        return None
    if isinstance(v, np.datetime64):
        return None if np.isnat(v) else str(v.astype("datetime64[us]"))
    if isinstance(v, bytes):
        v = v.decode()
        return None if v == "?" else v
    if isinstance(v, (float, int, np.floating)):
        return None if math.isnan(v) else repr(float(v))
    return str(v)


def by_scipy(text):
    try:
        data, meta = scipy_arff.loadarff(io.StringIO(text))
        return {"names": list(meta.names()), "rows": [[cell(row[n]) for n in meta.names()] for row in data]}
    except Exception:  # its reason is not compared
        return None


def by_liac(text):
    try:
        d = arff.loads(text)
        return {"names": [a[0] for a in d["attributes"]], "rows": [[cell(v) for v in row] for row in d["data"]]}
    except Exception:
        return None


json.dump([{"name": n, "text": t, "scipy": by_scipy(t), "liac": by_liac(t)} for n, t in CASES.items()], sys.stdout, ensure_ascii=False)
