"""The tests that name a statement of the contract, and where each runs."""

import re
from dataclasses import dataclass

_TEST = re.compile(r"^TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
_TAG = re.compile(r"contract_(\d+)(?![0-9])")
_EVERY = re.compile(r"^RINGBACK_(IN_EVERY_MODEL|EVERY_PLACE)\((\w+)\)", re.MULTILINE)
_INSTANCE = re.compile(r"^INSTANTIATE_TEST_SUITE_P\(\s*\w+\s*,\s*(\w+)\s*,([^;]*)", re.MULTILINE)

# Sets of parameters by their names in the tests, and what a reader is told of them.
_SETS = {
    "IN_EVERY_MODEL": "every model",
    "EVERY_PLACE": "plain thread, Loop, Pool; io_uring, epoll",
    "every_inline_model": "inline; io_uring, epoll, virtual time, simulation",
    "every_pool": "Pool; io_uring, epoll, virtual time, simulation",
    "kDrivers": "io_uring, epoll, virtual time",
    "kKernelDrivers": "io_uring, epoll",
    "kEveryPlace": "inline, Loop, Pools of one and of more",
    "kPlacesInOrder": "inline, Loop, Pool of one",
}
_DRIVERS = {"uring": "io_uring", "epoll": "epoll", "virtual": "virtual time", "simulated_time": "virtual time"}


@dataclass(frozen=True)
class ContractTest:
    path: str
    name: str  # Suite.test
    numbers: tuple  # as strings of digits
    where: str  # "" of a test without parameters, which builds its own places
    offset: int


def tests_of(file):
    where = places_of(file)
    for match in _TEST.finditer(file.code):
        suite, test = match.groups()
        if numbers := tuple(_TAG.findall(test)):
            yield ContractTest(file.path, f"{suite}.{test}", numbers, where.get(suite, ""), match.start())


def places_of(file):
    found = {suite: _SETS[name] for name, suite in _EVERY.findall(file.code)}
    for match in _INSTANCE.finditer(file.code):
        suite = match.group(1)
        # Strings are blank in the code, which has the same offsets.
        values = file.text[match.start(2) : match.end(2)]
        words = re.findall(r"\w+", values)
        sets = [_SETS[word] for word in words if word in _SETS]
        drivers = [_DRIVERS[word] for word in words if word in _DRIVERS]
        found[suite] = "; ".join(sets) or ", ".join(drivers) or "each of its cases"
    return found
