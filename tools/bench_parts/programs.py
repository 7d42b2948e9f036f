"""The programs: where they are, what they can do, and one run of one of them."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SLOW = {"asyncio", "uvloop", "threads"}  # by nature: they do a part of the work, in one round
VARIANTS = {"tokio": ["_one_runtime"]}
OURS, FLOOR = "ringback", "floor"


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple
    workloads: frozenset
    variant: str = ""  # what stands behind the workload's name where it does the same in another way

    @property
    def is_slow(self):
        return self.name in SLOW

    @property
    def is_peer(self):
        return self.name not in (OURS, FLOOR)


def commands(ours, peers):
    """Every program there may be. `ours` and `peers` are build folders."""
    here = Path(__file__).resolve().parents[2] / "bench" / "peers"
    return {
        FLOOR: [f"{ours}/bench_floor"],
        OURS: [f"{ours}/bench_ringback"],
        "asio": [f"{peers}/asio"],
        "asio_coroutines": [f"{peers}/asio_coroutines"],
        "tokio": [f"{peers}/cargo/release/tokio"],
        "go": [f"{peers}/go_peer"],
        "libuv": [f"{peers}/libuv"],
        "onetbb": [f"{peers}/onetbb"],
        "threads": [f"{peers}/threads"],
        # Debian's, which has uvloop beside it.
        "asyncio": ["/usr/bin/python3", f"{here}/python/peer.py", "asyncio"],
        "uvloop": ["/usr/bin/python3", f"{here}/python/peer.py", "uvloop"],
    }


def find(ours, peers, wanted):
    """Those that are built (and in `wanted`, where it names any). A program says itself what it can do."""
    found = []
    for name, command in commands(ours, peers).items():
        if wanted and name not in wanted and name not in (OURS, FLOOR):
            continue
        if not all(Path(part).exists() for part in command if part.startswith("/")):
            print(f"bench: {name} is not there: {command[0]}")
            continue
        usage = subprocess.run(command, capture_output=True, text=True)
        names = frozenset(line.strip() for line in usage.stderr.splitlines() if line.startswith("  "))
        if names:
            found.append(Program(name, tuple(command), names))
            for variant in VARIANTS.get(name, ()):
                able = frozenset(each.removesuffix(variant) for each in names if each.endswith(variant))
                found.append(Program(name + variant, tuple(command), able, variant))
        else:
            print(f"bench: {name} does not run here: {usage.stderr.strip().splitlines()[-1:]}")
    return found


def pinned(cores):
    """The command that keeps a program on as many cores: the last ones, which interrupts visit least."""
    cpus = sorted(os.sched_getaffinity(0))[-cores:]
    return ["taskset", "-c", ",".join(map(str, cpus))]


def run(program, name, count, cores, checksum, timeout=120):
    """One run; its report. Ends the whole where the work was not done."""
    command = [*pinned(cores), *program.command, name + program.variant, str(count)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if result.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)} failed ({result.returncode}):\n{result.stderr}")
    report = json.loads(result.stdout.splitlines()[-1])
    if report["operations"] != count or report["checksum"] != checksum:
        raise SystemExit(f"bench: {program.name} did not do the work of {name}: {report}, expected checksum {checksum}")
    return report
