"""The reference of the public headers, by Doxygen, in the folder `reference` of the site."""

import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

SETTINGS = """
PROJECT_NAME = Ringback
PROJECT_BRIEF = "The reference of the headers"
INPUT = {inputs}
STRIP_FROM_PATH = {root}
STRIP_FROM_INC_PATH = {root}
FULL_PATH_NAMES = YES
EXCLUDE_SYMBOLS = *::internal *::internal::* internal::*
INPUT_FILTER = {filter}
OUTPUT_DIRECTORY = {work}
HTML_OUTPUT = {out}
HTML_EXTRA_STYLESHEET = {style}
LAYOUT_FILE = {work}/layout.xml
GENERATE_TAGFILE = {work}/tags.xml
GENERATE_LATEX = NO
HAVE_DOT = NO
CLASS_GRAPH = NO
INCLUDE_GRAPH = NO
EXTRACT_ALL = YES
JAVADOC_AUTOBRIEF = YES
SORT_MEMBER_DOCS = NO
HIDE_IN_BODY_DOCS = YES
STRIP_CODE_COMMENTS = NO
VERBATIM_HEADERS = NO
BUILTIN_STL_SUPPORT = YES
MACRO_EXPANSION = YES
HTML_TIMESTAMP = NO
QUIET = YES
WARN_LOGFILE = {work}/warnings.txt
"""


def public_headers(root):
    """What users include, as paths below the root."""
    found = []
    for top in ("ringback", "vectordb"):
        for path in (root / top).rglob("*.h"):
            name = path.relative_to(root)
            if "internal" not in name.parts and not path.name.endswith("_test.h"):
                found.append(str(name))
    return sorted(found)


def layout(text, headers_page):
    """Doxygen's own layout, whose first tabs lead to our pages."""
    tabs = (
        '<tab type="mainpage" visible="no" title=""/>'
        '<tab type="user" url="../index.html" title="Guide"/>'
        f'<tab type="user" url="../{headers_page}" title="Headers"/>'
    )
    changed, count = re.subn(r'<tab type="mainpage"[^>]*/>', tabs, text, count=1)
    if count != 1:
        raise SystemExit("docs: the layout of this Doxygen has no tab of the main page: mend tools/docs_parts/reference.py")
    return changed


def run(command, folder):
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def build(root, out):
    """Writes the reference; gives for each header the page that is its own, below `out`."""
    headers = public_headers(root)
    here = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as work:
        run(["doxygen", "-l", "layout.xml"], work)
        plain = Path(work, "layout.xml")
        plain.write_text(layout(plain.read_text(encoding="utf-8"), "reference.html"), encoding="utf-8")
        settings = SETTINGS.format(
            inputs=" ".join(f'"{root / header}"' for header in headers),
            root=f'"{root}"',
            filter=f'"{shlex.quote(sys.executable)} -I {shlex.quote(str(here / "header_filter"))}"',
            work=work,
            out=f'"{out / "reference"}"',
            style=f'"{here / "reference.css"}"',
        )
        Path(work, "Doxyfile").write_text(settings, encoding="utf-8")
        run(["doxygen", "Doxyfile"], work)
        pages = {}
        for file in ET.parse(Path(work, "tags.xml")).iterfind("compound[@kind='file']"):
            page = file.findtext("filename").removesuffix(".html")
            pages[file.findtext("path") + file.findtext("name")] = f"reference/{page}.html"
    # Doxygen says where a header lies by the whole path, or by what STRIP_FROM_PATH has left of it.
    return {header: pages.get(header) or pages[str(root / header)] for header in headers}
