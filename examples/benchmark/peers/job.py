"""What the scripts beside this one measure with. It loads no other tool, so that a process holds only what it measures."""

import gc
import json
import resource
import statistics
import time

from threadpoolctl import threadpool_limits


class Job:
    """A case: run() is measured, quality(result) is not."""

    def __init__(self, suite, case, tool, shape, threads, run, quality):
        self.line = {"suite": suite, "case": case, "tool": tool, "rows": shape[0], "columns": shape[1], "workers": threads}
        self.run, self.quality, self.samples, self.peak, self.result = run, quality, [], None, None

    def measure(self):
        self.result = None
        gc.collect()
        if not self.samples:
            reset_peak()
        with threadpool_limits(self.line["workers"]):
            cpu, start = cpu_seconds(), time.perf_counter()
            self.result = self.run()
            self.samples.append((time.perf_counter() - start, cpu_seconds() - cpu))
        if self.peak is None:
            self.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def report(self):
        wall, cpu = (statistics.median(column) for column in zip(*self.samples))
        quality = {name: float(value) for name, value in self.quality(self.result).items()}
        print(json.dumps(self.line | {
            "seconds": wall, "cpu_seconds": cpu, "rows_per_second": self.line["rows"] / wall, "allocs_per_row": None, "max_rss_mb": self.peak, "quality": quality,
        }), flush=True)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w") as f:
            f.write("5")
    except OSError:
        pass
