"""What is measured, how much of it, and how far it is to come."""

from dataclasses import dataclass


def sum_below(count):
    return count * (count - 1) // 2


@dataclass(frozen=True)
class Bar:
    """At most so many times what `peer` takes in the same run; or so much more than it, or so much at all."""

    most: float
    peer: str = ""  # "": at all
    adds: bool = False

    def __str__(self):
        if not self.peer:
            return f"{self.most:g}"
        return f"{self.most:g} more than {self.peer}" if self.adds else f"{self.most:g} x {self.peer}"


@dataclass(frozen=True)
class Workload:
    name: str
    says: str  # one operation of it
    count: int
    unit: str = "ns"  # of one operation; "ms": of the whole
    metric: str = "cpu"  # which time: of the processors ("cpu") or of the clock ("wall")
    cores: int = 1  # that every program is given
    bar: Bar | None = None
    other_bar: Bar | None = None
    floor: str = "floor"  # the program it stands on
    checksum: object = sum_below  # of the count
    kind: str = "alone"  # or "echo", "http", "search", "fan_out": see programs.py
    connections: int = 0  # of a server
    pipelined: int = 1  # requests that http sends at once
    points: int = 0  # that are searched
    word: str = ""  # what the programs call it, where that is not its name
    instructions: int | None = None  # ours, at most
    calls: Bar | None = None  # our system calls
    bytes: int | None = None  # ours for each operation, at most; all are shown then
    small: float = 0.1  # of the count, for programs that are slow by nature

    @property
    def rounds(self):
        return 10 if self.bar and self.bar.peer and not self.bar.adds and 1 / 1.2 <= self.bar.most <= 1.2 else 5

    @property
    def program_word(self):
        return self.word or self.name

    @property
    def granule(self):
        """What a count is a multiple of."""
        return {"alone": 64, "fan_out": 1}.get(self.kind, self.connections * self.pipelined)

    @property
    def is_server(self):
        return self.kind in ("echo", "http", "search")

    def size(self, part):
        return max(self.granule, int(self.count * part) // self.granule * self.granule)

    def value(self, report):
        """What one run took, in the unit."""
        time = report[f"{self.metric}_ns"]
        if self.unit == "ms":
            return time / 1e6
        return time / report["operations"] / {"ns": 1, "us": 1000}[self.unit]


M = 1_000_000
LOCAL = [
    Workload("spawn", "a child begun in a scope and joined with it, 64 at a time", 64 * 30_000, bar=Bar(0.25, "tokio"), instructions=150),
    Workload("spawn_future", "work begun, and its value awaited at once", M, bar=Bar(0.45, "tokio")),
    Workload(
        "yield",
        "a task lets three others go first",
        2 * M,
        bar=Bar(0.5, "asio"),
        checksum=lambda n: n,
        instructions=80,
        calls=Bar(0.02),
    ),
    Workload(
        "ping_pong",
        "a message between two tasks, by queues of 1",
        M,
        bar=Bar(0.35, "tokio"),
        instructions=200,
        checksum=lambda n: sum_below(n // 2),
    ),
    Workload(
        "queue",
        "an item between two tasks of one thread, by a queue of 64",
        2 * M,
        bar=Bar(0.45, "go"),
        instructions=130,
    ),
    Workload(
        "queue_threads",
        "an item between two threads, each with a loop, by a queue of 64",
        M,
        metric="wall",
        cores=2,
        bar=Bar(0.6, "go"),
    ),
    Workload(
        "sleepers", "10^6 tasks asleep for 100 ms", M, unit="ms", metric="wall", bar=Bar(0.8, "asio"), bytes=200
    ),
    Workload(
        "sleepers_spread",
        "10^6 tasks asleep for 50 to 150 ms",
        M,
        unit="ms",
        metric="wall",
        bar=Bar(0.65, "asio"),
        bytes=200,
    ),
    Workload(
        "pool_inside",
        "an empty job for two workers, from one of them",
        M,
        metric="wall",
        cores=2,
        bar=Bar(1.0, "go"),
        checksum=lambda n: n,
    ),
    Workload(
        "pool_outside",
        "an empty job for two workers, from another thread",
        M,
        metric="wall",
        cores=2,
        bar=Bar(1.0, "onetbb"),
        checksum=lambda n: n,
    ),
    Workload(
        "pool_round_trip",
        "from a task to a worker and back",
        20_000,
        unit="us",
        metric="wall",
        cores=2,
        bar=Bar(1.5),
        small=1.0,
    ),
    Workload("callback", "a function run and called back about, inline", 20 * M, bar=Bar(1, "floor", adds=True)),
    Workload("error", "an error through 10 awaits", 20_000, unit="us", bar=Bar(12), checksum=lambda n: n, small=1.0),
    Workload(
        "cancel",
        "one of 10^5 waiting tasks, begun, cancelled and joined",
        100_000,
        unit="us",
        bar=Bar(3),
        checksum=lambda n: n,
        small=1.0,
    ),
    Workload("timeout", "a timeout around what completes at once", 2 * M, checksum=lambda n: n),
    Workload("timeout_yield", "a timeout around what takes one turn", M, checksum=lambda n: n),
]


def search(name, points, count):
    return Workload(
        name,
        f"the 10 nearest of {points:,} vectors of 128 floats, asked for on one of 64 connections",
        count,
        unit="us",
        floor="ringback_bare",
        kind="search",
        connections=64,
        points=points,
    )


NETWORK = [
    Workload(
        "echo",
        "64 bytes there and back on one of 64 connections",
        64 * 1_500,
        unit="us",
        bar=Bar(1.05, "floor"),
        calls=Bar(1.5, "floor_uring"),
        kind="echo",
        connections=64,
    ),
    Workload(
        "echo_1000",
        "64 bytes there and back on one of 1,000 connections",
        1000 * 96,
        unit="us",
        bar=Bar(1.05, "floor"),
        calls=Bar(1.5, "floor_uring"),
        kind="echo",
        connections=1000,
        word="echo",
    ),
    Workload(
        "http",
        "GET of a hello on one of 64 connections that are kept",
        64 * 1_500,
        unit="us",
        bar=Bar(1.05, "floor"),
        kind="http",
        connections=64,
    ),
    Workload(
        "http_pipelined",
        "the same, 16 at once",
        64 * 16 * 500,
        unit="us",
        bar=Bar(1.35, "floor"),
        other_bar=Bar(1.0, "hyper"),
        kind="http",
        connections=64,
        pipelined=16,
        word="http",
    ),
    search("http_search", 10_000, 64 * 50),
    search("http_search_2000", 2_000, 64 * 150),
    Workload(
        "fan_out",
        "1,000 calls, each answered after 100 ms",
        1000,
        unit="ms",
        metric="wall",
        bar=Bar(1.05, "floor"),
        kind="fan_out",
        small=1.0,
    ),
    Workload(
        "fan_out_10000",
        "10,000 calls, each answered after 100 ms",
        10_000,
        unit="ms",
        metric="wall",
        bar=Bar(1.08, "floor"),
        kind="fan_out",
        word="fan_out",
        small=1.0,
    ),
]


def planted(count):
    """Query i lies beside row i * 7919 % 100,000, and finds it first: see bench/vectors.h."""
    return sum(i * 7919 % 100_000 for i in range(count))


def exact(name, says, count, most):
    return Workload(name, says, count, unit="us", bar=Bar(most, "faiss"), checksum=planted, small=1.0)


VECTORS = [
    exact("exact_128", "the 10 nearest of 100,000 vectors of 128 floats", 320, 0.6),
    exact("exact_512", "the 10 nearest of 100,000 vectors of 512 floats", 64, 0.6),
    exact("exact_batch_128", "the same of 128 floats, 256 queries at a time", 64 * 16, 1.0),
    exact("exact_batch_512", "the same of 512 floats, 256 queries at a time", 64 * 8, 1.0),
]
ALL = LOCAL + NETWORK + VECTORS


def named(names):
    """Those whose names are, or begin with, one of `names`; all where there are none."""
    for name in names:
        if not any(each.name.startswith(name) for each in ALL):
            raise SystemExit(f"bench: no workload '{name}'; there are: {' '.join(each.name for each in ALL)}")
    return [each for each in ALL if not names or any(each.name.startswith(name) for name in names)]
