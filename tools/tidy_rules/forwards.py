"""A forward declaration names no type of an upper layer.

An include that goes upward is found by layers.py; a forward declaration is the way around it, and
ties the lower layer to the upper one just the same. What does it today stands in
tools/forward_ratchet.txt, as `path type` with the type's last name, and may only shrink.
"""

import re
from dataclasses import dataclass

from tidy_rules import layers
from tidy_rules.tree import Finding

RATCHET = "tools/forward_ratchet.txt"
_SCOPE = re.compile(
    r"""
      \bnamespace\s+(?P<namespace>[\w:]+)\s*\{
    | (?P<template>\btemplate\s*<[^;{}]*?>\s*)?
      \b(?P<enum>enum\s+)?(?:class|struct|union)\s+(?:\[\[[^\]]*\]\]\s*)?(?P<type>\w+)
      (?P<rest>[^;{}()=]*)(?P<end>[;{])
    | (?P<open>\{)
    | (?P<close>\})
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Type:
    name: str  # with its namespaces
    offset: int
    is_defined: bool


def types(code):
    """The types that a file defines or declares at namespace level."""
    scopes = []  # the namespace's name; None for any other brace
    for match in _SCOPE.finditer(code):
        if match["namespace"]:
            scopes.append(match["namespace"])
        elif match["type"]:
            if None not in scopes:
                yield Type("::".join([*scopes, match["type"]]), match.start("type"), match["end"] == "{")
            if match["end"] == "{":
                scopes.append(None)
        elif match["open"]:
            scopes.append(None)
        elif scopes:
            scopes.pop()


def layer_of(path):
    """(product, layer) of a file of a layer; None of any other."""
    parts = path.split("/")
    return (parts[0], parts[1]) if len(parts) > 2 and parts[0] in layers.BUILDS else None


def check(tree):
    picture = tree.files.get(layers.PICTURE)
    tables, _ = layers.read_tables(picture.text if picture else "")
    found = {file.path: list(types(file.code)) for file in tree.cpp() if layer_of(file.path)}
    homes = {}
    for path, its_types in found.items():
        for each in its_types:
            if each.is_defined:
                homes.setdefault(each.name, set()).add(layer_of(path))

    listed, errors = read_ratchet(tree)
    yield from errors
    for path, its_types in found.items():
        for each in its_types:
            if each.is_defined or each.name not in homes or homes[each.name] & reachable(path, tables):
                continue
            short = each.name.rsplit("::", 1)[-1]
            if (path, short) in listed:
                listed[path, short] = None
                continue
            product, layer = min(homes[each.name])
            yield tree.files[path].finding(
                each.offset,
                f"{each.name} is a type of {product}/{layer}, which {'/'.join(layer_of(path))} may not know: "
                "put an interface into the lower layer, or move this file up",
            )
    for (path, name), line in listed.items():
        if line is not None:
            yield Finding(RATCHET, line, f"{path} does not declare {name} any more: remove it from the list")


def reachable(path, tables):
    """The layers that a file may name types of."""
    product, layer = layer_of(path)
    own = tables.get(product, {}).get(layer)
    allowed = {(product, name) for name in (own.may_include if own else ())} | {(product, layer)}
    if path.endswith("_test.cpp"):
        allowed.add((product, layers.FOR_TESTS))
    if product != "ringback":
        allowed |= {("ringback", name) for name in tables.get("ringback", {})}
    return allowed


def read_ratchet(tree):
    """{(path, type): its line} of the list; what of it is not understood, as findings."""
    listed, errors = {}, []
    ratchet = tree.files.get(RATCHET)
    for number, line in enumerate(ratchet.lines if ratchet else [], 1):
        if entry := re.match(r"([^#\s]\S*)\s+(\w+)$", line):
            listed[entry.group(1), entry.group(2)] = number
        elif line and not line.startswith("#"):
            errors.append(Finding(RATCHET, number, "not understood: write `path type`"))
    return listed, errors
