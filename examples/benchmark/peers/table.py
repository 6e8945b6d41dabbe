"""Prints the ratios of two files of JSON lines, ours and the peers', as a Markdown table.

table.py OURS.jsonl PEERS.jsonl

A figure is the median over the rounds, a ratio that of the medians, ours to the peer's; the range is that of the CPU ratios of the rounds.
"""

import json
import statistics
import sys

# Cases of ours that are set against a peer's case of another name, because the peer makes no such difference.
AGAINST = {"imported_batch_checked": "imported_batch", "imported_row_checked": "imported_row", "imported_row_typed": "imported_row"}


def read(path):
    lines = {}
    with open(path) as f:
        for text in f:
            line = json.loads(text)
            tools = lines.setdefault((line["suite"], line["case"], line["workers"]), {})
            tools.setdefault(line.get("tool"), []).append(line)
    return lines


def main():
    ours, peers = (read(path) for path in sys.argv[1:3])
    print("| case | threads | peer | wall s, ours | peer | ratio | CPU s, ours | peer | ratio | range | MiB, ours | peer | quality, ours | peer |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (suite, case, workers), mine in ours.items():
        for tool, theirs in peers.get((suite, AGAINST.get(case, case), workers), {}).items():
            print("| " + " | ".join([f"{suite} {case}", str(workers), tool] + against(mine[None], theirs)) + " |")


def against(mine, theirs):
    cells = []
    for key in ("seconds", "cpu_seconds"):
        a, b = (statistics.median(line[key] / line["rows"] for line in lines) for lines in (mine, theirs))
        rows = mine[0]["rows"]
        cells += [f"{a * rows:.3g}", f"{b * rows:.3g}", f"{a / b:.2f}"]
    rounds = [a["cpu_seconds"] / a["rows"] / (b["cpu_seconds"] / b["rows"]) for a, b in zip(mine, theirs)]
    cells.append(f"{min(rounds):.2f}–{max(rounds):.2f}")
    cells += [f"{statistics.median(line['max_rss_mb'] for line in lines):.0f}" for lines in (mine, theirs)]
    for line in (mine[0], theirs[0]):
        shown = [f"{name} {value:.6g}" for name, value in line["quality"].items() if name in ("roc_auc", "nulls")]
        cells.append(" ".join(shown))
    return cells


if __name__ == "__main__":
    main()
