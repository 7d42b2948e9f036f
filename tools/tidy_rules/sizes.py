"""Files stay small: guidance kept by a ratchet.

A file over 500 lines stands in tools/size_ratchet.txt, as `count path`. It may shrink (and the
count with it), never grow. Over 1,000 lines, its first comment says why, with the words
"over 1,000 lines".
"""

import re

from tidy_rules.tree import Finding

RATCHET = "tools/size_ratchet.txt"
LARGE = 500
VERY_LARGE = 1000
REASON = "over 1,000 lines"
_CHECKED = (".h", ".cpp", ".py", ".cmake", ".txt", ".js", ".mjs", ".sh")


def check(tree):
    listed = {}
    ratchet = tree.files.get(RATCHET)
    for number, line in enumerate(ratchet.lines if ratchet else [], 1):
        if entry := re.match(r"(\d+)\s+(\S+)$", line):
            listed[entry.group(2)] = (int(entry.group(1)), number)
        elif line and not line.startswith("#"):
            yield Finding(RATCHET, number, "not understood: write `count path`")

    for file in tree.files.values():
        if not _is_source(file):
            continue
        count = len(file.lines)
        bound, number = listed.pop(file.path, (None, 0))
        if count > VERY_LARGE and REASON not in _first_comment(file):
            yield file.finding(0, f'{count} lines: split it, or say why in the first comment, with the words "{REASON}"')
        if bound is None:
            if count > LARGE:
                yield file.finding(0, f"{count} lines: which two nouns are inside? Split it, or list it in {RATCHET}")
        elif count <= LARGE:
            yield Finding(RATCHET, number, f"{file.path} has {count} lines now: remove it from the list")
        elif count > bound:
            yield file.finding(0, f"{count} lines, grown from {bound}: take out as much as you put in, or split it")
        elif count < bound:
            yield Finding(RATCHET, number, f"{file.path} has {count} lines now: lower the count to that")
    for path, (_, number) in listed.items():
        yield Finding(RATCHET, number, f"{path} does not exist: remove it from the list")


def _is_source(file):
    if file.path == RATCHET or "/expected/" in file.path:
        return False
    return file.path.endswith(_CHECKED) or file.text.startswith("#!")


def _first_comment(file):
    comment = []
    for line in file.lines:
        if not line.startswith(("//", "#", '"""')):
            break
        comment.append(line)
    return "\n".join(comment)
