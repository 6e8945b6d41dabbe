"""Writes ../golden.json: what scikit-learn 1.9.1 makes of the texts below.

    python golden.py
"""

import json
import pathlib

import sklearn
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

texts = [
    "The quick brown fox jumps over the lazy dog.",
    "the THE The: quick-quick quick_brown x y z 10 2026 3",
    "",
    "a b c !",
    "Straße, ÉCOLE naïve façade — ŒUVRE; ĿL",
    "ΟΔΟΣ ΟΔΥΣΣΕΥΣ Σ ΣΑΣ σοφός",
    "İstanbul'da IĞDIR ısı istanbul",
    "ПРИВЕТ мир, привет мир мир",
    "東京都 の 天気 は 良い ですね 東京都",
    "हिन्दी भाषा",
    "ⅣⅤ x² ½½ ٣٤ K2 Ⓐ ⒷⒸ",
    "don't can't it's o'clock e-mail e_mail __init__",
    "quick dog\tlazy\ndog\u00a0fox\u2028over \u200bjumps",
    "\ud83d\ude00 emoji \ud83d\ude00\ud83d\ude00 dog",
    "dog " * 9 + "fox",
    "the dog and the fox and the bear and the bird",
]
texts = [t.encode("utf-16", "surrogatepass").decode("utf-16") for t in texts]


def counted(**o):
    v = CountVectorizer(**o)
    return v, v.fit_transform(texts).toarray()


def weighted(**o):
    v = TfidfVectorizer(**o)
    return v, v.fit_transform(texts).toarray()


golden = {"tool": "scikit-learn " + sklearn.__version__, "inputs": {"texts": [[t] for t in texts]}, "expected": {}, "names": {}}
for name, (v, x) in {
    "count": counted(),
    "count_words_2_3": counted(ngram_range=(2, 3)),
    "count_limits": counted(min_df=2, max_df=0.2),
    "count_frequent": counted(max_features=2),
    "count_binary": counted(binary=True),
    "count_case": counted(lowercase=False),
    "tfidf": weighted(),
    "tfidf_words_1_2": weighted(ngram_range=(1, 2), sublinear_tf=True),
    "tfidf_raw_l1": weighted(smooth_idf=False, norm="l1"),
    "tfidf_plain": weighted(use_idf=False, norm=None, binary=True),
}.items():
    golden["expected"][name] = x.tolist()
    golden["names"][name] = v.get_feature_names_out().tolist()
for name, o in {
    "hash": {"n_features": 50},
    "hash_unsigned_l1": {"n_features": 7, "alternate_sign": False, "norm": "l1"},
    "hash_words_1_2": {"n_features": 64, "ngram_range": (1, 2), "norm": None},
    "hash_case": {"n_features": 3, "lowercase": False},
}.items():
    golden["expected"][name] = HashingVectorizer(**o).transform(texts).toarray().tolist()
path = pathlib.Path(__file__).parent.parent / "golden.json"
path.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
