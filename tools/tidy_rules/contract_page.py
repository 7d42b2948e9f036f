"""The text of docs/contract.md: each statement, its tests, and what was seen to turn them red."""

import re
from dataclasses import dataclass

from tidy_rules.contract_tests import tests_of
from tidy_rules.tree import Finding

PAGE = "docs/contract.md"
STATEMENTS = "tools/contract_statements.txt"
MUTATIONS = "tools/contract_mutations.txt"

_HEAD = """\
# The contract

What Ringback promises about waiting, statement by statement, each with the tests that hold it and with a change to
the library that was made once, by hand, to see such a test fail. `tools/contract` writes this page from
`tools/contract_statements.txt`, the names of the tests (`contract_NN`) and `tools/contract_mutations.txt`; `./dev check`
fails where it is stale.

*Every model* is inline, a Loop in `run`, a Loop that another loop polls, a Loop on a thread of its own, and a Pool; over
io_uring, over epoll, and, where no other thread takes part, on virtual time and in a simulation. A test without a place
makes its own.
"""


@dataclass(frozen=True)
class Statement:
    number: int
    text: str


@dataclass(frozen=True)
class Mutation:
    number: int
    file: str
    change: str
    tests: tuple
    line: int


def page(tree):
    """The text of the page, and what is wrong with the lists that it is made of."""
    findings = []
    tests = contract_tests(tree)
    parts = statements(tree, findings)
    recorded = mutations(tree, tests, findings)
    lines = [_HEAD, _count(parts, tests, recorded)]
    for part in parts:
        if isinstance(part, str):
            lines += ["", f"## {part}"]
            continue
        lines += ["", f"**{part.number}.** {part.text}", ""]
        lines.extend(_tests(part.number, tests))
        lines.extend(_mutations(part.number, recorded))
    return "\n".join(lines).rstrip("\n") + "\n", findings


def contract_tests(tree):
    files = [file for file in tree.ending("_test.cpp") if not file.path.startswith("tools/")]
    return [test for file in files for test in tests_of(file)]


def statements(tree, findings):
    """Headings as strings, and Statements, in the order of the list."""
    parts = []
    file = tree.files.get(STATEMENTS)
    for number, line in enumerate(file.lines if file else [], 1):
        if heading := re.match(r"## (.+)", line):
            parts.append(heading.group(1))
        elif begin := re.match(r"(\d\d) (.+)", line):
            parts.append(Statement(int(begin.group(1)), begin.group(2)))
        elif line.startswith(" ") and parts and isinstance(parts[-1], Statement):
            parts[-1] = Statement(parts[-1].number, f"{parts[-1].text}\n{line.strip()}")
        elif line and not line.startswith("#"):
            findings.append(Finding(STATEMENTS, number, "not understood: `NN text`, `## heading`, or a line that goes on"))
    return parts


def mutations(tree, tests, findings):
    known = {test.name for test in tests}
    recorded = []
    file = tree.files.get(MUTATIONS)
    for line_number, line in enumerate(file.lines if file else [], 1):
        if not line or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) != 4 or not re.fullmatch(r"\d\d", fields[0]):
            findings.append(Finding(MUTATIONS, line_number, "not understood: `NN | file | change | Suite.test`"))
            continue
        number, path, change, reds = fields
        one = Mutation(int(number), path, change, tuple(red.strip() for red in reds.split(",")), line_number)
        if not tree.has(path):
            findings.append(Finding(MUTATIONS, line_number, f"{path} does not exist: make the change again where it went"))
        for name in one.tests:
            if name not in known:
                findings.append(Finding(MUTATIONS, line_number, f"no test of the contract is called {name}"))
        recorded.append(one)
    return recorded


def _count(parts, tests, recorded):
    numbers = [part.number for part in parts if isinstance(part, Statement)]
    tested = [number for number in numbers if any(f"{number:02}" in test.numbers for test in tests)]
    seen = {one.number for one in recorded}
    return (
        f"{len(numbers)} statements: {len(tested)} have tests ({len(tests)} tests), "
        f"{len(seen & set(tested))} of these were seen red."
    )


def _tests(number, tests):
    mine = [test for test in tests if f"{number:02}" in test.numbers]
    if not mine:
        return ["- no test yet"]
    lines = []
    for path in sorted({test.path for test in mine}, key=lambda path: (not path.startswith("tests/contract/"), path)):
        lines.append(f"- [`{path}`](../{path})")
        for where in dict.fromkeys(test.where for test in mine if test.path == path):
            names = [f"`{test.name}`" for test in mine if test.path == path and test.where == where]
            lines.append(f"  - {where + ': ' if where else ''}{', '.join(names)}")
    return lines


def _mutations(number, recorded):
    mine = [one for one in recorded if one.number == number]
    if not mine:
        return ["- seen red: not yet"]
    return [f"- seen red: `{one.file}`, {one.change}: {', '.join(f'`{name}`' for name in one.tests)}" for one in mine]
