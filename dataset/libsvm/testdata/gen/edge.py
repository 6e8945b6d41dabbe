"""What scikit-learn makes of edge cases of libsvm text, as edge.json beside this folder: one object a case, with the labels, groups and rows of features, or null where it errors.

python edge.py > ../edge.json      # scikit-learn 1.9.1
"""

import io
import json
import random

from sklearn.datasets import load_svmlight_file

CASES = {
    "from one": "1 1:0.5 3:2\n-1 2:1\n",
    "from zero": "1 0:0.5 3:2\n-1 2:1\n",
    "comments and empty lines": "# head\n\n1 1:1 # tail 2:2\n   \n0 2:3\n#\n",
    "spaces and tabs": "  1\t1:1   2:2  \n0 2:3\t\n",
    "CRLF": "1 1:1\r\n0 2:3\r\n",
    "no last line end": "1 1:1\n0 2:3",
    "labels alone": "1\n0\n2.5\n",
    "signs": "+1 1:+0.5 2:-1e-3\n-1 1:-0\n",
    "groups": "2 qid:1 1:1\n1 qid:1 2:1\n0 qid:10 1:2\n",
    "no groups in some lines": "2 qid:1 1:1\n1 2:1\n",
    "NaN and infinities": "1 1:nan 2:inf\n0 1:-inf\n",
    "many digits": "1 1:0.1000000000000000055511151231257827 2:123456789012345678\n",
    "several labels": "1,3 1:1\n",
    "no label": "1:1 2:2\n",
    "a label of text": "a 1:1\n",
    "falling order": "1 2:1 1:1\n",
    "the same feature twice": "1 1:1 1:2\n",
    "a negative feature": "1 -1:1\n",
    "a word": "1 1:1 x\n",
    "no value": "1 1:\n",
    "a value of text": "1 1:x\n",
    "two colons": "1 1:2:3\n",
    "empty": "",
}


def generated():
    rnd = random.Random(7)
    lines = []
    for _ in range(60):
        features = sorted(rnd.sample(range(1, 40), rnd.randrange(0, 12)))
        pairs = " ".join(f"{f}:{rnd.choice([0, 1, rnd.random(), rnd.gauss(0, 1e6), rnd.random() * 1e-12])!r}" for f in features)
        lines.append(f"{rnd.randrange(5)} qid:{len(lines) // 7} {pairs}")
    return "\n".join(lines) + "\n"


def read(text):
    try:
        x, y, q = load_svmlight_file(io.BytesIO(text.encode()), query_id=True, zero_based="auto")
    except Exception:  # its reason is not compared
        return None
    return {"labels": [repr(float(v)) for v in y], "groups": [int(v) for v in q], "rows": [[repr(float(v)) for v in row] for row in x.toarray()]}


CASES["generated"] = generated()
json.dump([{"name": n, "text": t, "sklearn": read(t)} for n, t in CASES.items()], __import__("sys").stdout, indent=None)
