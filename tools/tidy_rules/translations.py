"""A README in another language (README.zh.md) says what README.md says.

    code       the programs are the same; of commands and of the tree what is not their comment
    figures    the rows of the table of figures: `name: what it is` in the first cell, the same in all others
    links      what README.md leads to, the other leads to also

What either names has to exist besides; that is for documents.py to see.
"""

import re

from tidy_rules.tree import Finding

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (\w+)[:：][^|]*\|(.*)\|$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def check(tree):
    original = tree.files.get("README.md")
    for path, file in tree.files.items():
        if original and re.fullmatch(r"README\.[a-z]{2}\.md", path):
            yield from differences(original, file)


def differences(original, file):
    wanted, found = code(original), code(file)
    for number, (want, got) in enumerate(zip(wanted, found), 1):
        if want != got:
            line = next((a for a, b in zip(got, [*want, *[""] * len(got)]) if a != b), "a line is missing")
            yield Finding(file.path, 1, f"code block {number} is not that of README.md: {line}")
    if len(wanted) != len(found):
        yield Finding(file.path, 1, f"{len(found)} code blocks, README.md has {len(wanted)}")

    figures = dict(rows(file))
    for name, cells in rows(original):
        if name not in figures:
            yield Finding(file.path, 1, f"the row {name} of README.md is missing: translate its first cell, copy the others")
        elif figures.pop(name) != cells:
            yield Finding(file.path, 1, f"the row {name} has other figures than README.md: copy them")
    for name in figures:
        yield Finding(file.path, 1, f"README.md has no row {name}: remove it")

    for target in sorted(links(original) - links(file) - {file.path}):
        yield Finding(file.path, 1, f"README.md links to {target}: so should this")


def code(file):
    """The lines of each block, without what is said in words beside them."""
    comment = {"sh": r"\s*#.*", "text": r"(?<=\S)\s{2,}.*|(?<=^dev)\s.*"}
    blocks = []
    for kind, text in _FENCE.findall(file.text):
        blocks.append([re.sub(comment.get(kind, r"$^"), "", line) for line in text.splitlines()])
    return blocks


def rows(file):
    return [(name, [cell.strip() for cell in cells.split("|")]) for name, cells in _ROW.findall(file.text)]


def links(file):
    return {target for target in _LINK.findall(_FENCE.sub("", file.text))}
