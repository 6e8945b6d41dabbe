"""Times pandas.merge_asof on 1,000,000 x 1,000,000 sorted rows, in CPU seconds: what BenchmarkAsOfJoin does. Run with pandas 3.1.1: python asof.py"""

import gc
import resource

import numpy as np
import pandas as pd


def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime


def side(rng, n, value):
    return pd.DataFrame({"T": np.sort(rng.integers(0, 1 << 40, n)), "K": rng.integers(0, 1000, n).astype("int32"), value: rng.random(n)})


def main():
    rng = np.random.default_rng(1)
    left, right = side(rng, 1_000_000, "ID"), side(rng, 1_000_000, "V")
    for by in (None, "K"):
        a, b = (left, right) if by else (left[["T", "ID"]].copy(), right[["T", "V"]].copy())
        for _ in range(5):
            gc.collect()
            start = cpu()
            pd.merge_asof(a, b, on="T", by=by)
            print("one key" if by is None else "1000 keys", "%.4f" % (cpu() - start))


main()
