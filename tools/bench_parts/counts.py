"""What does not wander: instructions and system calls of one operation, from two runs of different size.

The difference of the two is divided by the difference of their sizes, so that what a program does
once does not count.
"""

import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from bench_parts import programs

# Programs that valgrind can run and that tell it everything they do.
COUNTED = {programs.OURS, programs.FLOOR, f"{programs.OURS}_epoll", "asio", "asio_coroutines", "libuv", "tokio", "hyper"}


def per_operation(program, workload, parts, total):
    """`total(wrap)` reads what the run under wrap(file) has counted."""
    sizes = [workload.size(part) for part in parts]
    if sizes[0] == sizes[1]:
        return None
    totals = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "counts"
            try:
                programs.run(program, workload, size, total.wrap(file))
            except programs.DidNotEnd:
                return None
            totals.append(total(file.read_text()))
    return max(0, totals[1] - totals[0]) / (sizes[1] - sizes[0])


class PerfCalls:
    @staticmethod
    def wrap(file):
        return ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-o", str(file)]

    def __call__(self, text):
        return int(re.search(r"^(\d+),,raw_syscalls:sys_enter", text, re.MULTILINE).group(1))


class StraceCalls:
    """Where perf may not look into the kernel. Much slower, so never beside a time."""

    @staticmethod
    def wrap(file):
        return ["strace", "-f", "-c", "-o", str(file)]

    def __call__(self, text):
        total = next(line.split() for line in text.splitlines() if line.endswith(" total"))
        return int(total[3])


class Instructions:
    @staticmethod
    def wrap(file):
        return ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={file}"]

    def __call__(self, text):
        return int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE).group(1))


def counter_of_calls():
    """The first that works here; None where there is none."""
    for counter in (PerfCalls(), StraceCalls()):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "counts"
            try:
                subprocess.run([*counter.wrap(file), "true"], capture_output=True, check=True)
                counter(file.read_text())
            except (OSError, subprocess.CalledProcessError, AttributeError, StopIteration):
                continue
        return counter
    return None


def system_calls(program, workload, counter):
    return per_operation(program, workload, (0.02, 0.1), counter)


def instructions(program, workload):
    """None where they cannot be counted, or mean nothing: threads that wait for each other spin."""
    if program.name not in COUNTED or workload.cores > 1:
        return None
    if program.name == programs.OURS:
        if workload.kind != "alone":
            return None  # io_uring, which valgrind does not know; ringback_epoll has the count
        program = replace(program, env={"RINGBACK_DRIVER": "epoll"})
    return per_operation(program, workload, (0.002, 0.01), Instructions())
