"""The coroutine rules that a text can be checked for (STYLE.md, "Coroutines").

R5  A lambda that is a coroutine captures nothing: the captures are gone when it resumes. Passed
    straight to a function of KEEPERS it may, for those move the lambda to where it outlives the
    coroutine.
R9  An arm of ?: awaits nothing, and ?: is not awaited: g++ 14 moves what both arms move.
"""

import re

from tidy_rules.source import after, before, closing

KEEPERS = {"each", "filter", "for_each", "map", "on", "once", "retry", "spawn", "race", "with", "with_scope", "offload", "start", "run", "run_here", "run_virtually", "wait",
           "made_by", "delete_", "get", "patch", "post", "put", "route"}  # of http: a Body, a Router

R5 = (
    "a coroutine lambda that captures: its captures are gone when it resumes; pass them as "
    "parameters, or pass the lambda itself to one of: " + " ".join(sorted(KEEPERS)) + " (STYLE.md, rule R5)"
)

R9 = "?: chooses what is awaited: g++ 14 moves what both arms move; choose with if, or by a name (STYLE.md, rule R9)"

# co_await (a ? b : c), and a ? co_await b : c; what is chosen as an argument, in parentheses of its own, is right.
_AWAITS_A_CHOICE = re.compile(r"\bco_await\s*\((?:[^;(){}?]|\([^;(){}]*\))*\?(?!:)")
_CHOICE_AWAITS = re.compile(r"\?(?:[^;(){}:?]|::|\([^;(){}]*\))*(?<!:):?(?!:)(?:[^;(){}:?]|::|\([^;(){}]*\))*\bco_await\b")

_COROUTINE = re.compile(r"\bco_(?:await|return|yield)\b")


def check(tree):
    for file in tree.cpp():
        yield from lambdas(file)
        for pattern in (_AWAITS_A_CHOICE, _CHOICE_AWAITS):
            for match in pattern.finditer(file.code):
                yield file.finding(match.start(), R9)


def lambdas(file):
    code = file.code
    found = []
    for match in re.finditer(r"\[", code):
        parts = _lambda_at(code, match.start())
        if parts:
            found.append((match.start(), *parts))

    for start, captures, body_start, body_end in found:
        body = list(code[body_start:body_end])
        for inner, _, inner_start, inner_end in found:
            if body_start < inner < body_end:
                body[inner_start - body_start : inner_end - body_start] = " " * (inner_end - inner_start)
        # One that is called on the spot hands over the coroutine, not itself: nobody keeps that.
        is_kept = _receiver(code, start) in KEEPERS and not re.match(r"}?\s*\(", code[body_end:])
        if captures and _COROUTINE.search("".join(body)) and not is_kept:
            yield file.finding(start, R5)


def _lambda_at(code, start):
    """(captures, start and end of the body) if a lambda begins at this [, else None."""
    ahead = code[:start].rstrip()
    word = re.search(r"\w+$", ahead)
    if ahead.endswith(("]", ")")) or code[start + 1 : start + 2] == "[" or ahead.endswith("["):
        return None  # a subscript, or an attribute
    if word and word.group() not in ("return", "co_return", "co_await", "co_yield", "else", "case"):
        return None
    end = closing(code, start)
    captures = code[start + 1 : end].strip()
    at = end + 1
    rest = re.match(r"\s*(?:<[^(){};]*>\s*)?", code[at:])
    at += rest.end()
    if code[at : at + 1] == "(":
        at = closing(code, at) + 1
    brace = after(code, at, "{;,)")
    if code[brace : brace + 1] != "{":
        return None
    return captures, brace, closing(code, brace)


def _receiver(code, start):
    """The function that the lambda is an argument of: `spawn` for scope.spawn(pool, [&]... ."""
    call = before(code, start, ";{}")
    if call < 0 or code[call] != "(":
        return None
    name = re.search(r"(\w+)\s*(?:<[^;{}]*>)?\s*$", code[:call])
    return name.group(1) if name else None
