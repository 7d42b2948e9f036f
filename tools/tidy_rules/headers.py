"""What every header has, and where the preprocessor may not stand."""

import re

_NOT_A_FUNCTION = re.compile(r"\b(?:namespace|class|struct|union|enum|extern|concept|requires)\b|=\s*$")
_DIRECTIVE = re.compile(r"(?m)^[ \t]*#(?:[^\n\\]|\\\n|\\.)*")


def check(tree):
    for file in tree.ending(".h"):
        if "#pragma once" not in file.text:
            yield file.finding(0, "no include guard: write #pragma once under the first comment")
        if not file.text.startswith("//"):
            yield file.finding(0, "a header begins with a comment that says in one line what it is")
    for file in tree.cpp():
        yield from conditions_in_functions(file)


def conditions_in_functions(file):
    """#if between the braces of a function. Braces of namespaces, types and values do not count."""
    directives = list(_DIRECTIVE.finditer(file.code))
    plain = _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), file.code)
    ifs = [match.start() for match in directives if re.match(r"\s*#\s*if", match.group())]
    if not ifs:
        return
    stack, start = [], 0
    for offset, char in enumerate(plain):
        if ifs and offset == ifs[0]:
            ifs.pop(0)
            if any(stack):
                yield file.finding(
                    offset + 1, "#if inside a function: platforms differ by whole file, builds by a function of their own"
                )
        if char == "{":
            stack.append(_NOT_A_FUNCTION.search(plain[start:offset]) is None)
        elif char == "}" and stack:
            stack.pop()
        if char in "{};":
            start = offset + 1
