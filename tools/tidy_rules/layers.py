"""Includes go downward, as the tables in ARCHITECTURE.md say; internal/ is for its own layer.

A table is read when its header row is

    | layer of `ringback/`, low to high | what lives there | may include |

The table of programs, which stand above all layers, begins with

    | program, low to high | what lives there | may include of the others |

The last cell lists layers by name; `a … b` means every row from a to b, `any below` every earlier
row, `std` none. `not there yet` in the second cell marks a layer whose folder does not exist.
"""

import re
from dataclasses import dataclass

from tidy_rules.tree import Finding

PICTURE = "ARCHITECTURE.md"
# Where the build lists the same layers in the same order, of each product.
BUILDS = {
    "ringback": ("cmake/RingbackSources.cmake", r"set\(RINGBACK_LAYERS\s+([^)]*?)\s+CACHE"),
    "vectordb": ("cmake/RingbackVectordb.cmake", r"set\(VECTORDB_LAYERS\s+([^)]*?)\s*\)"),
}
_HEADER = re.compile(r"^\|\s*layer of `(\w+)/`")
_PROGRAMS = re.compile(r"^\|\s*program, low to high")
_ROW = re.compile(r"^\|\s*`(\w+)/`\s*\|(.*)\|([^|]*)\|\s*$")
_INCLUDE = re.compile(r'^[ \t]*#\s*include\s*"([^"]+)"', re.MULTILINE)
NOT_YET = "not there yet"

# What a test may include besides: the public means of testing, which stand above every layer.
FOR_TESTS = "testing"

# Whose cases are about what is in internal/.
CHECKER = "tests/interleaving/"


@dataclass
class Layer:
    line: int
    may_include: set
    not_yet: bool


def read_tables(text):
    """{root: {layer: Layer}} from the tables, programs under "."; errors as (line, text)."""
    tables, errors, table = {}, [], None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = tables[header.group(1)] = {}
        elif _PROGRAMS.match(line):
            table = tables["."] = {}
        elif table is not None and (row := _ROW.match(line)):
            name, lives, may = row.group(1), row.group(2), row.group(3)
            allowed, unknown = _allowed(may, list(table))
            errors += [(number, f"layer {name} may include `{word}`, which no earlier row names") for word in unknown]
            table[name] = Layer(number, allowed | {name}, NOT_YET in lives)
        elif not line.startswith("|"):
            table = None
    return tables, errors


def _allowed(cell, earlier):
    words = cell.replace("...", "…").split()
    if words == ["any", "below"]:
        return set(earlier), []
    allowed, unknown = set(), []
    for position, word in enumerate(words):
        if word in ("std", "…"):
            continue
        if word not in earlier:
            unknown.append(word)
            continue
        allowed.add(word)
        if words[position + 1 : position + 2] == ["…"]:
            last = words[position + 2] if len(words) > position + 2 else ""
            if last in earlier:
                allowed |= set(earlier[earlier.index(word) : earlier.index(last) + 1])
    return allowed, unknown


def check(tree):
    picture = tree.files.get(PICTURE)
    tables, errors = read_tables(picture.text if picture else "")
    if "ringback" not in tables:
        yield Finding(PICTURE, 1, "no table of layers: tools/tidy_rules/layers.py says how it is written")
        return
    for line, text in errors:
        yield Finding(PICTURE, line, text)
    programs = tables.pop(".", {})
    for name, program in programs.items():
        if name not in tree.folders:
            yield Finding(PICTURE, program.line, f"{name}/ does not exist: remove the row")
    for root, table in tables.items():
        yield from built(tree, root, table)
        yield from folders(tree, root, table)
    for file in tree.cpp():
        yield from includes(file, tables, set(tables) | {"ringback", "vectordb"})
        yield from programs_included(file, programs)


def built(tree, root, table):
    """The build lists the same layers in the same order."""
    path, listing = BUILDS.get(root, (None, None))
    file = tree.files.get(path)
    listed = re.search(listing, file.text) if file else None
    if listed and listed.group(1).split() != list(table):
        yield file.finding(listed.start(), f"the layers are not those of {PICTURE}, in that order: make them so")


def folders(tree, root, table):
    there = {path.split("/")[1] for path in tree.folders if path.count("/") == 1 and path.startswith(root + "/")}
    for name in sorted(there - set(table)):
        yield Finding(PICTURE, 1, f"{root}/{name}/ has no row in the table of layers: add one")
    for name, layer in table.items():
        if layer.not_yet and name in there:
            yield Finding(PICTURE, layer.line, f"{root}/{name}/ is there: remove `{NOT_YET}`")
        if not layer.not_yet and name not in there:
            yield Finding(PICTURE, layer.line, f"{root}/{name}/ does not exist: mark the row `{NOT_YET}`")
    for path in sorted(tree.folders):
        parts = path.split("/")
        if parts[0] == root and len(parts) > 2 and parts[2:] != ["internal"]:
            yield Finding(path, 1, "a layer has one folder, internal/, and no other: move its files there, or make it a layer")


def programs_included(file, programs):
    """A program's files are for itself and for the programs whose row names it."""
    own = file.path.split("/")[0]
    allowed = programs[own].may_include if own in programs else set()
    for match in _INCLUDE.finditer(file.code):
        program = match.group(1).split("/")[0]
        if program in programs and program not in allowed:
            yield file.finding(
                match.start(1),
                f"{own} may not include {program} ({PICTURE}:{programs[program].line}): "
                "move what both need down",
            )


def includes(file, tables, products):
    own = file.path.split("/")
    table = tables.get(own[0], {})
    for match in _INCLUDE.finditer(file.code):
        parts = match.group(1).split("/")
        if parts[0] not in products:
            if own[0] in tables:
                yield file.finding(match.start(1), f'"{match.group(1)}": write the path from the root, as "{file.folder}/..."')
            continue
        if len(parts) < 3:
            continue
        product, layer = parts[0], parts[1]
        at_home = own[:2] == [product, layer]
        if "internal" in parts[2:-1] and not at_home and not file.path.startswith(CHECKER):
            yield file.finding(
                match.start(1),
                f"{match.group(1)} is for {product}/{layer}/ alone: use a public header of it, or make one",
            )
        elif own[0] == product and len(own) > 2 and own[1] in table:
            allowed = table[own[1]].may_include
            if file.name.endswith("_test.cpp"):
                allowed = allowed | {FOR_TESTS}
            if layer not in allowed:
                yield file.finding(
                    match.start(1),
                    f"{own[1]} may not include {layer} ({PICTURE}:{table[own[1]].line}): "
                    "put an interface into the lower layer, or move this file up",
                )
        elif own[0] == "ringback" and product != "ringback":
            yield file.finding(match.start(1), "ringback knows nothing of its users: remove it")
