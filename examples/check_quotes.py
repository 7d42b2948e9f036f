#!/usr/bin/env python3
"""Checks that what the documents quote is what the examples say.

    examples/check_quotes.py            every quotation under docs/ equals its region
    examples/check_quotes.py --write    copies the regions into the documents

A region of an example stands between `// [name]` and `// [/name]`; regions may overlap. A document
quotes it as a ```cpp block under the line `<!-- examples/file.cpp: name -->`. A ```cpp block that
quotes nothing stands under `<!-- sketch -->`: it shows what not to write, and nothing compiles it. One
under `<!-- file: main.cpp -->` is a file that tools/try_guide makes a program of.

A page of docs/guide/ that quotes examples has, above the first quotation, a block under `<!-- on top -->`:
the headers of ours and the `using` lines of the programs that it quotes. --write keeps it so.
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


def wanted(block, text):
    """The text a block should have; None where it quotes nothing."""
    if block["kind"] == "sketch" or (block["kind"] or "").startswith("file: "):
        return None
    if block["kind"] == "on top":
        return top(text)
    quote = QUOTE.fullmatch(block["kind"] or "")
    if not quote:
        raise Wrong("this block quotes no example: say <!-- examples/file.cpp: name --> or <!-- sketch --> above it")
    return region(*quote.groups())


def top(text):
    """What the blocks of a page need above them: our headers, and what the programs it quotes are `using`."""
    headers, names = set(), set()
    for path in {quote[1] for block in BLOCK.finditer(text) if (quote := QUOTE.fullmatch(block["kind"] or ""))}:
        program = (ROOT / path).read_text(encoding="utf-8")
        headers |= set(re.findall(r'(?m)^#include "(?:ringback|vectordb)/.*"$', program))
        names |= set(re.findall(r"(?m)^using [^=\n]*;$", program))
    return "#include <cstdio>\n\n" + "\n".join(sorted(headers)) + "\n\n" + "\n".join(sorted(names)) + "\n"


def without_top(document, text):
    """Where a page of the guide quotes a program before it has said what to include; None where it has."""
    kinds = [(block["kind"] or "", block.start()) for block in BLOCK.finditer(text)]
    quotations = [start for kind, start in kinds if QUOTE.fullmatch(kind)]
    tops = [start for kind, start in kinds if kind == "on top"]
    if document.parent.name != "guide" or not quotations or (tops and tops[0] < quotations[0]):
        return None
    return quotations[0]


def check(document, write):
    text = document.read_text(encoding="utf-8")
    findings = []
    bare = without_top(document, text)
    if bare is not None:
        findings.append((bare, "nothing says what to include: put a block under <!-- on top --> above this one"))
    quoted = 0

    def look(block):
        nonlocal quoted
        try:
            should = wanted(block, text)
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
