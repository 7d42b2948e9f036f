"""Words, names and addresses that are not written down here."""

import os
import re

from tidy_rules.tree import Finding

# Spelled in two halves, so that this file passes its own rule.
LATER = ["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]
DRAWERS = {"detail", "details", "util", "utils", "common", "misc", "helper", "helpers"}

_LATER = re.compile(r"\b(" + "|".join(LATER) + r")\b")
# A path on somebody's machine. Not /usr, /etc, /proc, /dev and /tmp: those are every machine's.
_MACHINE = re.compile(r"(?<![\w.:/})>\]-])/(?:home|root|Users|work|workspace|mnt|builds?)/[\w.]")
_ADDRESS = re.compile(r"\bhttps?://(?:[^/\s@]+@)?(\[[^\]]*\]|[\w.-]+)")

# Names that stand for nobody (RFC 2606, RFC 6761), this machine, and the references we cite.
_ANYBODY = re.compile(r"^(?:.*\.)?(?:example|test|invalid|localhost|local|example\.(?:com|org|net))$|^[\d.]+$|^\[|^[\w-]+$")
CITED = {
    "datatracker.ietf.org",
    "docs.python.org",
    "en.cppreference.com",
    "github.com",
    "keepachangelog.com",
    "man7.org",
    "semver.org",
    "www.apache.org",
    "www.rfc-editor.org",
    "www.w3.org",
}


def check(tree):
    for file in tree.files.values():
        yield from names(file)
        if file.name == "LICENSE":
            continue
        for match in _LATER.finditer(file.text):
            yield file.finding(match.start(), f"{match.group()}: do it now, or write down where it is planned")
        for match in _MACHINE.finditer(file.text):
            yield file.finding(match.start(), f"{match.group()}…: a path of one machine; write it from the repository's root")
        for match in _ADDRESS.finditer(file.text):
            host = match.group(1).rstrip(".").lower()
            if not _ANYBODY.match(host) and host not in CITED:
                yield file.finding(
                    match.start(),
                    f"an address at {host}: use one of example.com, or add the host to those cited in tools/tidy_rules/words.py",
                )


def names(file):
    for part in file.path.split("/"):
        stem = os.path.splitext(part)[0].removesuffix("_test")
        if stem.lower() in DRAWERS:
            yield Finding(file.path, 1, f"`{part}` is a drawer, not a name: name the file for its main noun")
            break
