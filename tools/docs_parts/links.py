"""Finds links of the built site that lead nowhere."""

import os
import re
from html import unescape
from urllib.parse import unquote

_LINK = re.compile(r'(?:href|src)="([^"]+)"')
_NAME = re.compile(r'(?:id|name)="([^"]+)"')


class Page:
    """The links of a page, and the names that others may link to. In text and code a quote is `&quot;`."""

    def __init__(self, text):
        self.links = [unescape(link) for link in _LINK.findall(text)]
        self.names = set(_NAME.findall(text))


def check(out):
    """A finding for each link to a page, or a place in a page, that is not there."""
    pages = {path: Page(path.read_text(encoding="utf-8", errors="replace")) for path in sorted(out.rglob("*.html"))}
    findings = []
    for path, page in pages.items():
        # Its summaries name sections that are empty, and then are not there.
        by_doxygen = path.parent.name == "reference"
        for link in dict.fromkeys(page.links):
            if re.match(r"[a-z]+:|//", link):
                continue
            target, _, name = link.partition("#")
            file = path if not target else path.parent / os.path.normpath(unquote(target.partition("?")[0]))
            file = file.resolve() if target else file
            if not file.is_file():
                findings.append(f"{path.relative_to(out)}: the link to {link} leads nowhere")
            elif name and not by_doxygen and file in pages and unquote(name) not in pages[file].names:
                findings.append(f"{path.relative_to(out)}: the link to {link} finds no such place there")
    return findings
