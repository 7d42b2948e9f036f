"""Reading C++ just well enough: no parser, but comments, literals and brackets are understood."""

import re

_HIDDEN = re.compile(
    r"""
      //[^\n]*(?:\\\n[^\n]*)*             # a line comment, with its continuations
    | /\*.*?(?:\*/|\Z)                    # a block comment
    | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"   # a raw string
    | "(?:\\.|[^"\\\n])*"                 # a string
    | (?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'   # a character; not the separator of 1'000
    """,
    re.VERBOSE | re.DOTALL,
)

_OPENING = {")": "(", "]": "[", "}": "{"}
_CLOSING = {opening: closing for closing, opening in _OPENING.items()}


def mask(text):
    """The text with comments and literals as blanks: the same length, the same lines.

    Quotes stay, so that a string is still seen to stand there. Includes keep what they name.
    """

    def blank(match):
        found = match.group()
        if found[0] == '"' and re.search(r"#\s*include\s*$", text[max(0, match.start() - 40) : match.start()]):
            return found
        inner = re.sub(r"[^\n]", " ", found)
        if found[0] in "\"'":
            return found[0] + inner[1:-1] + found[-1]
        return inner

    return _HIDDEN.sub(blank, text)


def closing(code, opening):
    """The offset of the bracket that closes the one at `opening`; the end of the code if none does."""
    open_one, close_one = code[opening], _CLOSING[code[opening]]
    depth = 0
    for offset in range(opening, len(code)):
        if code[offset] == open_one:
            depth += 1
        elif code[offset] == close_one:
            depth -= 1
            if depth == 0:
                return offset
    return len(code)


def opening(code, closing_one):
    """The offset of the bracket that opens the one at `closing_one`; -1 if none does."""
    close_one, open_one = code[closing_one], _OPENING[code[closing_one]]
    depth = 0
    for offset in range(closing_one, -1, -1):
        if code[offset] == close_one:
            depth += 1
        elif code[offset] == open_one:
            depth -= 1
            if depth == 0:
                return offset
    return -1


def before(code, offset, stops):
    """Walks back from `offset` over balanced () and [], to one of `stops` or an unmatched ( or [.

    Gives the offset of what stopped it, -1 at the start of the code.
    """
    at = offset - 1
    while at >= 0:
        if code[at] in ")]":
            at = opening(code, at)
        elif code[at] in stops or code[at] in "([":
            return at
        at -= 1
    return -1


def after(code, offset, stops):
    """Walks on from `offset` over balanced brackets of every kind to one of `stops`, or the end."""
    at = offset
    while at < len(code):
        if code[at] in stops:
            return at
        if code[at] in "([{":
            at = closing(code, at)
        at += 1
    return len(code)
