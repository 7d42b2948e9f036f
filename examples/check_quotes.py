#!/usr/bin/env python3
"""Checks that what the documents quote is what the examples say.

    examples/check_quotes.py            every quotation under docs/ equals its region
    examples/check_quotes.py --write    copies the regions into the documents

A region of an example stands between `// [name]` and `// [/name]`; regions may overlap. A document
quotes it as a ```cpp block under the line `<!-- examples/file.cpp: name -->`. A ```cpp block that
quotes nothing stands under `<!-- sketch -->`: it shows what not to write, and nothing compiles it.
"""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"\s*// \[/?\w+\]\s*$")
BLOCK = re.compile(r"(?m)^(?:<!-- (?P<kind>[^\n]*?) -->\n)?```cpp\n(?P<text>.*?)^```$", re.DOTALL)
QUOTE = re.compile(r"(examples/\w+\.cpp): (\w+)")


class Wrong(Exception):
    """What is wrong with a quotation, for whoever has to mend it."""


def region(path, name):
    """The lines of a region without the marks inside it, moved to the left margin."""
    file = ROOT / path
    if not file.exists():
        raise Wrong(f"{path} does not exist")
    lines = file.read_text(encoding="utf-8").splitlines()
    begins = [number for number, line in enumerate(lines) if line.strip() == f"// [{name}]"]
    ends = [number for number, line in enumerate(lines) if line.strip() == f"// [/{name}]"]
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        raise Wrong(f"{path} has no region {name}: write // [{name}] before it and // [/{name}] behind it, once")
    inside = [line for line in lines[begins[0] + 1 : ends[0]] if not MARK.match(line)]
    return textwrap.dedent("\n".join(inside)).strip("\n") + "\n"


def wanted(block):
    """The text a block should have; None where it quotes nothing."""
    if block["kind"] == "sketch":
        return None
    quote = QUOTE.fullmatch(block["kind"] or "")
    if not quote:
        raise Wrong("this block quotes no example: say <!-- examples/file.cpp: name --> or <!-- sketch --> above it")
    return region(*quote.groups())


def check(document, write):
    text = document.read_text(encoding="utf-8")
    findings = []
    quoted = 0

    def look(block):
        nonlocal quoted
        try:
            should = wanted(block)
        except Wrong as wrong:
            findings.append((block.start(), str(wrong)))
            return block[0]
        if should is None:
            return block[0]
        quoted += 1
        if should != block["text"] and not write:
            findings.append((block.start(), f"differs from {block['kind']}: run examples/check_quotes.py --write"))
        return block[0].replace(block["text"], should) if block["text"] else block[0].replace("```cpp\n", "```cpp\n" + should)

    new_text = BLOCK.sub(look, text)
    if write and new_text != text:
        document.write_text(new_text, encoding="utf-8")
    for start, message in findings:
        print(f"{document.relative_to(ROOT)}:{text.count(chr(10), 0, start) + 1}: {message}")
    return quoted, len(findings)


def main(arguments):
    if arguments not in ([], ["--write"]):
        print(__doc__, file=sys.stderr)
        return 2
    results = [check(document, bool(arguments)) for document in sorted((ROOT / "docs").rglob("*.md"))]
    quoted, wrong = (sum(column) for column in zip(*results)) if results else (0, 0)
    print(f"check_quotes: {quoted} quotations, {wrong} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
