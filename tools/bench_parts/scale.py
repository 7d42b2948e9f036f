"""Whether an operation costs the same when there are a thousand or a million of it."""

import statistics

from bench_parts import programs, workloads

SIZES = [1_000, 10_000, 100_000, 1_000_000]
NONE = 64  # what a program costs that does next to nothing is taken off
NAMES = ("sleepers", "sleepers_spread", "cancel", "pool_inside")
ROUNDS = 5


def cost(program, workload):
    """Nanoseconds of the processor for each operation, by size; None where it did not end."""
    costs = []
    try:
        for size in SIZES:
            # Side by side, so that a slow moment meets both.
            rounds = 9 if size < 100_000 else ROUNDS
            pairs = [[programs.run(program, workload, n)["cpu_ns"] for n in (NONE, size // 64 * 64)] for _ in range(rounds)]
            costs.append(statistics.median(b - a for a, b in pairs) / (size // 64 * 64 - NONE))
    except programs.DidNotEnd:
        return None
    return costs


def text(there):
    lines = ["", f"{'ns of the processor for each':<18}{'':<18}" + "".join(f"{size:>12,}" for size in SIZES)]
    for workload in workloads.LOCAL:
        if workload.name not in NAMES:
            continue
        for program in there:
            if workload.name not in program.workloads or program.is_slow:
                continue
            costs = cost(program, workload)
            if costs:
                lines.append(f"{workload.name:<18}{program.name:<18}" + "".join(f"{each:>12,.0f}" for each in costs))
    return "\n".join(lines)
