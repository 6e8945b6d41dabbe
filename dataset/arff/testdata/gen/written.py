"""What liac-arff and scipy.io.arff read of files that arff.Create wrote, each of the attributes that it knows, as written.json beside this folder.

TestOthersReadWhatIsWritten says what is written; put the texts into TEXTS when that changes.

python written.py > ../written.json      # scipy 1.17.1, liac-arff 2.5.0
"""

import datetime
import io
import json
import math

import arff
from scipy.io import arff as scipy_arff

LIAC = r"""@relation rows
@attribute N integer
@attribute X numeric
@attribute OK {false,true}
@attribute City {Rome,'New York','?'}
@attribute Note string
@data
-7,0.1,true,'New York','it\'s 100 % "new", \\n or\n{so} é'
?,-Infinity,false,'?',?
-7,1e+300,false,Rome,''
"""
SCIPY = r"""@relation rows
@attribute N integer
@attribute X numeric
@attribute OK {false,true}
@attribute City {Rome,'New York','?'}
@attribute Day date "yyyy-MM-dd"
@data
-7,0.1,true,'New York',2024-02-29
?,-Infinity,false,'?',1970-01-01
-7,1e+300,false,Rome,1970-01-01
"""


def plain(v):
    """A value as JSON: null where it is missing, numbers as Go prints them, the day of a date as TestDates has it."""
    if v is None or isinstance(v, float) and math.isnan(v):
        return None
    if isinstance(v, datetime.date):
        return f"{v}T00:00:00.000000"
    if isinstance(v, bytes):
        v = v.decode()
    if isinstance(v, str):
        return {"true": 1, "false": 0}.get(v, v)
    v = float(v)
    return ("-" if v < 0 else "+") + "Inf" if math.isinf(v) else v


def main():
    liac = arff.loads(LIAC)["data"]
    scipy, _ = scipy_arff.loadarff(io.StringIO(SCIPY))
    out = [
        {"tool": "liac-arff 2.5.0", "columns": ["N", "X", "OK", "City", "Note"], "text": LIAC, "rows": [[plain(v) for v in row] for row in liac]},
        {"tool": "scipy 1.17.1", "columns": ["N", "X", "OK", "City", "Day"], "text": SCIPY, "rows": [[plain(v) for v in row] for row in scipy.tolist()]},
    ]
    print(json.dumps(out, indent=1, ensure_ascii=False))


main()
