"""The programs: where they are, what they can do, and one run of one of them."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SLOW = {"asyncio", "uvloop", "threads"}  # by nature: they do a part of the work, in one round
VARIANTS = {"tokio": ["_one_runtime"], "go": ["_locked"], "floor": ["_uring"], "ringback": ["_task", "_bare"]}
LOAD = []  # the command of the load generator; find() knows it
OURS, FLOOR = "ringback", "floor"


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple
    workloads: frozenset
    variant: str = ""  # what stands behind the workload's name where it does the same in another way
    env: dict = field(default_factory=dict, compare=False)

    @property
    def is_slow(self):
        return self.name in SLOW

    @property
    def is_peer(self):
        return not self.name.startswith((OURS, FLOOR))


def commands(ours, peers):
    """Every program there may be. `ours` and `peers` are build folders."""
    here = Path(__file__).resolve().parents[2] / "bench" / "peers"
    return {
        FLOOR: [f"{ours}/bench_floor"],
        OURS: [f"{ours}/bench_ringback"],
        "asio": [f"{peers}/asio"],
        "asio_coroutines": [f"{peers}/asio_coroutines"],
        "tokio": [f"{peers}/cargo/release/tokio"],
        "hyper": [f"{peers}/cargo/release/hyper"],
        "go": [f"{peers}/go_peer"],
        "libuv": [f"{peers}/libuv"],
        "onetbb": [f"{peers}/onetbb"],
        "threads": [f"{peers}/threads"],
        "faiss": [f"{peers}/faiss"],
        "nginx": ["/usr/bin/python3", f"{here}/nginx/peer.py"],
        # Debian's, which has uvloop beside it.
        "asyncio": ["/usr/bin/python3", f"{here}/python/peer.py", "asyncio"],
        "uvloop": ["/usr/bin/python3", f"{here}/python/peer.py", "uvloop"],
    }


def find(ours, peers, wanted):
    """Those that are built (and in `wanted`, where it names any). A program says itself what it can do."""
    LOAD[:] = [f"{ours}/bench_load"]
    found = []
    for name, command in commands(ours, peers).items():
        if wanted and name not in wanted and name not in (OURS, FLOOR):
            continue
        missing = [part for part in command if part.startswith("/") and not Path(part).exists()]
        if missing:
            print(f"bench: {name} is not there: {missing[0]}")
            continue
        usage = subprocess.run(command, capture_output=True, text=True)
        names = frozenset(line.strip() for line in usage.stderr.splitlines() if line.startswith("  "))
        if names:
            found.append(Program(name, tuple(command), names))
            if name == OURS:
                epoll = names & {"echo", "http", "fan_out"}
                found.append(Program(f"{OURS}_epoll", tuple(command), epoll, env={"RINGBACK_DRIVER": "epoll"}))
            for variant in VARIANTS.get(name, ()):
                able = frozenset(each.removesuffix(variant) for each in names if each.endswith(variant))
                found.append(Program(name + variant, tuple(command), able, variant))
        else:
            print(f"bench: {name} does not run here: {usage.stderr.strip().splitlines()[-1:]}")
    return found


def cores(number, first=False):
    """The command that keeps a program on so many cores: the last ones, which interrupts visit least, or the first."""
    cpus = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", ",".join(map(str, cpus[:number] if first else cpus[-number:]))]


class DidNotEnd(Exception):
    pass


def checked(result, command, operations, checksum):
    """The report of a program that has ended; ends the whole where the work was not done."""
    if result.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)} failed ({result.returncode}):\n{result.stderr}")
    report = json.loads(result.stdout.splitlines()[-1])
    if (report["operations"], report["checksum"]) != (operations, checksum):
        raise SystemExit(f"bench: {' '.join(command)} did not do its work: {report}, expected checksum {checksum}")
    return report


def run(program, workload, count, wrap=(), timeout=60):
    """One run; its report. `wrap`: a command that counts something, to run the program under."""
    runner = run_server if workload.is_server else {"fan_out": run_client}.get(workload.kind, run_alone)
    try:
        return runner(program, workload, count, list(wrap), timeout)
    except subprocess.TimeoutExpired as late:
        raise DidNotEnd(f"{program.name} did not end {workload.name}") from late


def run_alone(program, workload, count, wrap, timeout, **more):
    command = [*cores(workload.cores), *wrap, *program.command, workload.program_word + program.variant, str(count)]
    env = {**os.environ, **program.env, **more}
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=env)
    return checked(result, command, count, workload.checksum(count))


class Server:
    """A program that says where it listens. It serves as many connections as it was told, or until its input is closed."""

    def __init__(self, command, env):
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env}
        )
        words = self.process.stdout.readline().split()
        if len(words) != 2 or words[0] != "port":
            self.process.kill()
            raise SystemExit(f"bench: {' '.join(command)} does not say where it listens:\n{self.process.communicate()[1]}")
        self.port = words[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # this one, and already gone where all went well
        self.process.communicate()

    def report(self, operations, timeout):
        output, errors = self.process.communicate(timeout=timeout)
        result = subprocess.CompletedProcess(self.command, self.process.returncode, output, errors)
        return checked(result, self.command, operations, operations)


def run_server(program, workload, count, wrap, timeout):
    """A server on one core, asked from another. The times of the processor are the server's, those of the clock the load's."""
    connections = workload.connections
    asks = "http" if program.variant == "_bare" else workload.kind
    command = [*cores(1), *wrap, *program.command, workload.program_word + program.variant, str(connections)]
    with Server(command, program.env) as server:
        load = [*cores(1, first=True), *LOAD, asks, str(count)]
        env = {
            **os.environ,
            "BENCH_PORT": server.port,
            "BENCH_CONNECTIONS": str(connections),
            "BENCH_PIPELINED": str(workload.pipelined),
            "BENCH_POINTS": str(workload.points),
        }
        asked = subprocess.run(load, capture_output=True, text=True, timeout=timeout, env=env)
        answered = checked(asked, load, count, count)
        report = server.report(connections, timeout)
    return {**report, "operations": count, "wall_ns": answered["wall_ns"]}


def run_client(program, workload, count, wrap, timeout):
    """Calls of a server that takes its time, on another core."""
    with Server([*cores(1, first=True), *LOAD, "slow_server", "1"], {}) as server:
        return run_alone(program, workload, count, wrap, timeout, BENCH_PORT=server.port)
