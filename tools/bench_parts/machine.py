"""The machine, and how much it wanders while it measures."""

import os
import platform
import statistics
import time

from bench_parts import programs
from bench_parts.workloads import Workload

LENGTH = 5_000_000  # about 5 ms
NOISE = Workload("noise", "a fixed loop", LENGTH, checksum=lambda n: n)


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def describe():
    load = os.getloadavg()[0]
    return (
        f"machine: {len(os.sched_getaffinity(0))} cores of {cpu_model()}, Linux {platform.release().split('-')[0]}, "
        f"{time.strftime('%Y-%m-%d')}, load {load:.1f} at the start"
    )


class Noise:
    """Always the same work, on one core and on all: how far its time wanders."""

    def __init__(self, floor):
        self.floor = floor
        self.wall, self.cpu = [], []

    def sample(self):
        report = programs.run(self.floor, NOISE, LENGTH)
        self.wall.append(report["wall_ns"] / 1e6)
        self.cpu.append(report["cpu_ns"] / 1e6)

    def __str__(self):
        if not self.wall:
            return "noise: not looked at"

        def spread(times):
            middle = statistics.median(times)
            return f"{middle:.1f} ms ({min(times) / middle - 1:+.0%} .. {max(times) / middle - 1:+.0%})"

        return f"noise: a fixed loop took {spread(self.wall)} by the clock, {spread(self.cpu)} of the core, {len(self.wall)} times"
