"""Prints two files of JSON lines, ours and the peers', as the Markdown tables of docs/benchmarks.md.

table.py OURS.jsonl PEERS.jsonl

A figure is the median over the rounds: CPU seconds of one thread, wall seconds of two. A ratio is that of the medians, ours to the peer's; the range is that of the
ratios of the rounds.
"""

import json
import re
import statistics
import sys

# Cases of ours that are set against a peer's case of another name, because the peer makes no such difference.
AGAINST = {"imported_batch_checked": "imported_batch", "imported_row_checked": "imported_row", "imported_row_typed": "imported_row"}


def read(path):
    """The lines of a file by suite, case, rows, columns and workers, then by tool."""
    lines = {}
    with open(path) as f:
        for text in f:
            line = json.loads(text)
            tools = lines.setdefault(tuple(line[key] for key in ("suite", "case", "rows", "columns", "workers")), {})
            tools.setdefault(line.get("tool"), []).append(line)
    return lines


def times(lines):
    """The times of a row of data, of each round."""
    key = "cpu_seconds" if lines[0]["workers"] == 1 else "seconds"
    return [line[key] / line["rows"] for line in lines]


def ratio(mine, theirs):
    mine, theirs = times(mine), times(theirs)
    rounds = [a / b for a, b in zip(mine, theirs)]
    return f"{statistics.median(mine) / statistics.median(theirs):.2f}", f"{min(rounds):.2f}–{max(rounds):.2f}"


def quality(line):
    return " ".join(f"{name.replace('roc_auc', 'AUC')} {value:.5g}" for name, value in line["quality"].items() if name in ("roc_auc", "nulls", "refused", "raw", "contribution"))


def memory(lines):
    return f"{statistics.median(line['max_rss_mb'] for line in lines):.0f}"


def table(*columns):
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))


def row(*cells):
    print("| " + " | ".join(cells) + " |")


def plain(ours, peers):
    """Each case beside each peer of it."""
    table("suite, case", "threads", "rows × columns", "peer", "s, ours", "peer", "ratio", "range", "MiB, ours", "peer", "what came out, ours", "peer")
    for (suite, case, rows, columns, workers), tools in ours.items():
        for (_, other, n, _, threads), found in peers.items():
            if AGAINST.get(case, case) != other or threads != workers or n < rows or n > rows + rows // 50:
                continue
            for tool, theirs in found.items():
                mine = tools[None]
                seconds = [f"{statistics.median(times(lines)) * lines[0]['rows']:.3g}" for lines in (mine, theirs)]
                row(f"{suite} {case}", str(workers), f"{rows:,} × {columns}", tool, *seconds, *ratio(mine, theirs), memory(mine), memory(theirs), quality(mine[0]), quality(theirs[0]))


def agree(mine, theirs):
    """Whether two tools read the same, in words. Sums of decimal numbers differ by rounding."""
    mine, theirs = mine["quality"], theirs["quality"]

    def differ(a, b):
        return abs(a - b) > 1e-9 * abs(b)

    off = [name for name in mine if name in theirs and differ(mine[name], theirs[name])]
    if off == ["floats", "ints"] and not differ(mine["floats"] + mine["ints"], theirs["floats"] + theirs["ints"]):
        return "whole numbers beside nulls as floats"
    return "other " + ", ".join(off) if off else "the same"


def beside(ours, peers, compared="rows, nulls, sums and texts of the others"):
    """The cases of ingest, validate and profile, with a column for each tool: times, then memory and whether the tools agree, then how time grows with the rows."""
    tools = list(dict.fromkeys(tool for found in peers.values() for tool in found))

    def label(key):
        _, case, rows, columns, workers = key
        return f"{case}, {rows:,} × {columns}", str(workers)

    keys = sorted(ours, key=lambda key: (key[2], list(dict.fromkeys(k[1] for k in ours)).index(key[1]), key[4]))
    table("case", "threads", "s, ours", *tools)
    for key in keys:
        mine, found = ours[key][None], peers.get(key, {})
        cells = ["{:.3g} ({}, {})".format(statistics.median(times(found[tool])) * key[2], *ratio(mine, found[tool])) if tool in found else "–" for tool in tools]
        row(*label(key), f"{statistics.median(times(mine)) * key[2]:.3g}", *cells)
    print()
    table("case", "threads", "MiB, ours", *tools, compared)
    for key in keys:
        mine, found = ours[key][None], peers.get(key, {})
        cells = ["{} ({:.2f})".format(memory(found[tool]), float(memory(mine)) / float(memory(found[tool]))) if tool in found else "–" for tool in tools]
        same = [f"{tool}: {agree(mine[0], found[tool][0])}" for tool in tools if tool in found]
        row(*label(key), memory(mine), *cells, "the same" if all(s.endswith("the same") for s in same) else "; ".join(s for s in same if not s.endswith("the same")))
    larger = [(key, next((k for k in keys if k[1] == key[1] and k[2] == 5 * key[2] and k[3:] == key[3:]), None)) for key in keys]
    larger = [pair for pair in larger if pair[1]]
    if not larger:
        return
    print()
    table("five times the rows", "threads", "time, ours", *tools, "MiB, ours", *tools)
    for key, large in larger:
        pairs = [(tool, ours if tool is None else peers) for tool in (None, *tools)]
        grown = [[lines.get(k, {}).get(tool) for k in (key, large)] for tool, lines in pairs]
        time = [f"{5 * statistics.median(times(big)) / statistics.median(times(small)):.2f}" if small and big else "–" for small, big in grown]
        space = [f"{float(memory(big)) / float(memory(small)):.2f}" if small and big else "–" for small, big in grown]
        row(f"{key[1]}, {key[2]:,} to {large[2]:,}", str(key[4]), *time, *space)


def sets(ours, peers):
    """The cases of train, which are named after their set: a table of times and one of what came out."""
    tools = list(dict.fromkeys(tool for found in peers.values() for tool in found))

    def label(key):
        _, case, rows, columns, workers = key
        name, case = case.split("/")
        kind, leaves = name.split("-")
        return f"{case}, {kind}, {rows:,} × {columns}", leaves if leaves != "0" else "–", str(workers)

    table("set", "leaves", "threads", "s, ours", *tools)
    for key, mine in ours.items():
        cells = [f"{statistics.median(times(mine[None])) * key[2]:.3g}"]
        for tool in tools:
            theirs = peers.get(key, {}).get(tool)
            cells.append("{:.3g} ({}, {})".format(statistics.median(times(theirs)) * key[2], *ratio(mine[None], theirs)) if theirs else "–")
        row(*label(key), *cells)
    print()
    table("set", "leaves", "threads", "AUC, MiB, ours", *tools)
    for key, mine in ours.items():
        cells = []
        for lines in (mine[None], *(peers.get(key, {}).get(tool) for tool in tools)):
            cells.append(f"{lines[0]['quality'].get('roc_auc', float('nan')):.4f}, {memory(lines)}" if lines else "–")
        row(*label(key), *cells)


def predict(ours, peers):
    """The models of predict, CPU µs a row, with a column for each engine; then what explaining costs."""
    def of(lines, case):
        return next((tools for key, tools in lines.items() if key[1] == case), {})

    def name(model):
        leaves, trees, categories = re.fullmatch(r"l(\d+)t(\d+)(c?)", model).groups()
        return f"{leaves} × {trees}, " + ("the same with categories" if categories else "numbers, missing values")

    models = [case.removesuffix("_batch") for _, case, *_ in ours if case.endswith("_batch")]
    models.sort(key=lambda m: (m.endswith("c"), [int(n) for n in re.findall(r"\d+", m)]))
    batch = list(dict.fromkeys(tool for key, found in peers.items() if key[1].endswith("_batch") for tool in found))
    single = list(dict.fromkeys(tool for key, found in peers.items() if key[1].endswith("_row") for tool in found))
    table("leaves × trees", "ours, batch", *batch, "ours, one row", *single)
    for model in models:
        cells = []
        for end, tools in (("_batch", batch), ("_row", single)):
            mine, theirs = of(ours, model + end)[None], of(peers, model + end)
            cells.append(f"{statistics.median(times(mine)) * 1e6:.2f}")
            for tool in tools:
                cells.append("{:.2f} ({}, {})".format(statistics.median(times(theirs[tool])) * 1e6, *ratio(mine, theirs[tool])) if tool in theirs else "–")
        row(name(model), *cells)
    print()
    table("leaves × trees", "rows", "s, ours", "LightGBM's pred_contrib", "ratio", "range", "mean raw score, size of a contribution, ours", "LightGBM")
    for model in models:
        mine = of(ours, model + "_shap")
        for theirs in of(peers, model + "_shap").values():
            rows = mine[None][0]["rows"]
            shown = [f"{line['quality']['raw']:.9f}, {line['quality']['contribution']:.9f}" for line in (mine[None][0], theirs[0])]
            seconds = [f"{statistics.median(times(lines)) * rows:.3g}" for lines in (mine[None], theirs)]
            row(name(model), f"{rows:,}", *seconds, *ratio(mine[None], theirs), *shown)


def main():
    ours, peers = (read(path) for path in sys.argv[1:3])

    def part(chosen):
        return [{key: tools for key, tools in lines.items() if chosen(key)} for lines in (ours, peers)]

    for shape, chosen in (
        (beside, lambda key: key[0] == "ingest"),
        (lambda *lines: beside(*lines, "rows found by the checks of the others"), lambda key: key[0] == "validate"),
        (lambda *lines: beside(*lines, "nulls, means and spreads of the others"), lambda key: key[0] == "profile"),
        (plain, lambda key: key[0] not in ("ingest", "validate", "profile", "predict") and "/" not in key[1]),
        (sets, lambda key: "/" in key[1]),
        (predict, lambda key: key[0] == "predict"),
    ):
        mine, theirs = part(chosen)
        if mine:
            shape(mine, theirs)
            print()


if __name__ == "__main__":
    main()
