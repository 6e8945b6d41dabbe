"""Writes texts and their form C, as JSON lines of pairs, by unicodedata of Python 3.11 (Unicode 14.0.0).

python3 testdata/gen/nfc.py > testdata/nfc.jsonl    # from the folder of package repair
"""
import json
import random
import unicodedata as u

random.seed(1)
marked = [c for c in map(chr, range(0x30000)) if not "\ud800" <= c <= "\udfff" and (u.combining(c) or u.normalize("NFD", c) != c) and not "\uac00" <= c <= "\ud7a3"]
marked += list("aeo\u1100\u1161\u11a8\uac00\ud7a3")
for _ in range(600):
    text = "".join(random.choice(marked) for _ in range(6))
    print(json.dumps([text, u.normalize("NFC", text)]))
