"""What `using namespace ringback` puts beside a program's own names: the list tools/public_names.txt.

A program has a Job, a Timer, a Context of its own. So each name that a public header declares in
namespace ringback itself is on the list, on purpose; what only those need who write an operation, an
executor or a driver is in ringback::runtime, and what nobody outside needs in ringback::internal.
tests/everyday_names_test.cpp includes every public header and has everyday names of its own.
"""

import re

from tidy_rules.source import closing
from tidy_rules.tree import Finding

LIST = "tools/public_names.txt"
NAMESPACE = "ringback"
TEST = "tests/everyday_names_test.cpp"

_PUBLIC = re.compile(r"^ringback/(?:\w+/)?\w+(?<!_test)\.h$")
_DIRECTIVE = re.compile(r"(?m)^[ \t]*#(?:[^\n\\]|\\\n|\\.)*")
_NAMESPACE = re.compile(r"\s*(?:inline\s+)?namespace\s*([\w:]*)\s*$")
# After the } of what is not a function: the declaration goes on.
_GOES_ON = re.compile(r"\s*(?:;|,|\{|\|\||&&|<<)")
_NO_NAME = re.compile(r"\s*(?:static_assert\b|catch\b|using\s+namespace\b|extern\s+template\b|RINGBACK_\w+|$)")
_TYPE = re.compile(r"(?:enum\s+(?:class|struct)|enum|class|struct|union)\s+(\w+)\s*(?:final\s*)?(?::(?!:).*)?$", re.DOTALL)
_FRIEND_LIKE = re.compile(r"[<,]\s*(?:class|struct)\s+(\w+)\s*(?=[>,])")  # ListLink<class Tag> declares Tag


def check(tree):
    file = tree.files.get(LIST)
    listed = {}
    for number, line in enumerate(file.lines if file else [], 1):
        if line.strip() and not line.startswith("#"):
            listed[line.strip()] = number
    declared = set()
    for header in tree.ending(".h"):
        if not _PUBLIC.match(header.path):
            continue
        for name, offset in names(header.code):
            if name not in listed and name not in declared:
                yield header.finding(
                    offset,
                    f"{name} would stand beside a program's own names after `using namespace {NAMESPACE}`: put it into "
                    f"{NAMESPACE}::runtime (for extensions) or {NAMESPACE}::internal; if programs type it, add it to {LIST}",
                )
            declared.add(name)
    if test := tree.files.get(TEST):
        for header in tree.ending(".h"):
            if _PUBLIC.match(header.path) and f'#include "{header.path}"' not in test.text:
                yield test.finding(0, f"includes every public header, but not {header.path}: add it")
    for name, number in listed.items():
        if name not in declared:
            yield Finding(LIST, number, f"no public header declares {name} in namespace {NAMESPACE}: take it off")


def names(code):
    """(name, offset) of each name that stands directly in namespace ringback, namespaces too."""
    for spaces, head, offset in declarations(code):
        if spaces == NAMESPACE:
            for name in declared_by(head):
                yield name, offset
        elif not spaces and (match := _NAMESPACE.match(head)) and match.group(1).startswith(NAMESPACE + "::"):
            yield match.group(1).split("::")[1], offset


def declarations(code):
    """(namespace, text up to the first brace or the end, offset) of what stands in a namespace."""
    code = _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    spaces, at, start = [], 0, 0
    while at < len(code):
        char = code[at]
        if char == "(":
            at = closing(code, at)
        elif char == ";":
            yield "::".join(spaces), code[start:at], _begin(code, start)
            start = at + 1
        elif char == "}":
            if spaces:
                spaces.pop()
            start = at + 1
        elif char == "{" and (match := _NAMESPACE.match(code[start:at])):
            yield "::".join(spaces), code[start:at], _begin(code, start)
            spaces.append(match.group(1))
            start = at + 1
        elif char == "{":
            end = closing(code, at)
            if _GOES_ON.match(code[end + 1 :]):
                head = code[start:at]
                at = end
                while code[at : at + 1] not in (";", ""):
                    at = closing(code, at) if code[at] in "({" else at
                    at += 1
                yield "::".join(spaces), head, _begin(code, start)
            else:
                yield "::".join(spaces), code[start:at], _begin(code, start)
                at = end
            start = at + 1
        at += 1


def _begin(code, start):
    return start + len(code[start:]) - len(code[start:].lstrip())


def declared_by(head):
    """The names that one declaration puts where it stands: none for a member defined outside its class."""
    if match := _NAMESPACE.match(head):
        if match.group(1):
            yield match.group(1).split("::")[0]
        return
    head = without_template(head).strip()
    yield from _FRIEND_LIKE.findall(head)
    head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.DOTALL).strip()
    if _NO_NAME.match(head):
        return
    if match := re.match(r"concept\s+(\w+)|using\s+(\w+)\s*=|using\s+[\w:]*::(\w+)$", head):
        yield next(name for name in match.groups() if name)
        return
    flat = without_angles(head.replace("decltype(auto)", "auto"))
    if match := _TYPE.match(flat):
        yield match.group(1)
        return
    before = re.split(r"\(|=|\[", flat, maxsplit=1)[0]
    match = re.search(r"((?:\w+\s*::\s*)*)~?(\w+)\s*$", before)
    if match and not match.group(1) and not re.match(r"(?:class|struct|union|enum)\b.*::", flat, re.DOTALL) and match.group(2) != "operator":
        yield match.group(2)


def without_template(head):
    """The declaration behind `template <...>` and its requires clause."""
    while match := re.match(r"\s*template\s*<", head):
        depth, at = 0, match.end() - 1
        while at < len(head):
            if head[at] == "(":
                at = closing(head, at)
            elif head[at] == "<":
                depth += 1
            elif head[at] == ">" and head[at - 1] not in "-=":
                depth -= 1
                if depth == 0:
                    break
            at += 1
        head = head[at + 1 :].lstrip()
        if re.match(r"requires\b", head):  # to the first line that does not go on
            lines = head.split("\n")
            end = 1
            while end < len(lines) and (lines[end].startswith("    ") or lines[end - 1].rstrip().endswith(("&&", "||", "("))):
                end += 1
            head = "\n".join(lines[end:])
    return head


def without_angles(text):
    """The text without template arguments."""
    out, depth, at = [], 0, 0
    while at < len(text):
        char = text[at]
        if char == "<" and not re.search(r"operator\s*$", text[:at]):
            depth += 1
        elif char == ">" and depth and text[at - 1] != "-":
            depth -= 1
        elif char == "(" and depth:
            at = closing(text, at)
        elif not depth:
            out.append(char)
        at += 1
    return "".join(out)
