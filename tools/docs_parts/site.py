"""The pages of the site: documents, the sources they link to, and the list of the headers."""

import html
import os
import re
from pathlib import Path

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

HERE = Path(__file__).resolve().parent
PROJECT = ["ARCHITECTURE.md", "CONTRIBUTING.md", "STYLE.md", "CHANGELOG.md", "SECURITY.md", "docs/contract.md"]


def slug(text, taken):
    """The name that a heading has on GitHub, so that links to it work in both places."""
    plain = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
    name, number = plain, 0
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(name)
    return name


def coloured(text, lexer):
    return highlight(text, lexer, HtmlFormatter(nowrap=True))


def code_block(text, language, _attributes=""):
    try:
        return coloured(text, get_lexer_by_name({"sh": "bash"}.get(language, language or "text"), stripnl=False))
    except ClassNotFound:
        return html.escape(text)


def first_sentence(header):
    """Of the first comment of a header."""
    lines = [line.removeprefix("//") for line in re.match(r"(?://.*\n)*", header)[0].splitlines()]
    paragraph = []
    for line in lines:
        if not line.strip() or line.startswith("   "):
            break
        paragraph.append(line.strip())
    return re.match(r".*?\.(?=\s|$)|.*", " ".join(paragraph))[0]


class Site:
    def __init__(self, root, out, headers):
        self.root, self.out, self.headers = root, out, headers
        self.markdown = MarkdownIt("commonmark", {"highlight": code_block}).enable("table")
        self.template = (HERE / "page.html").read_text(encoding="utf-8")
        self.findings = []
        self.waiting = []  # files of the tree that a page links to
        self.written = set()

    def page_of(self, path):
        """The page of a file of the tree, below `out`; None where it gets none."""
        if path in self.headers:
            return self.headers[path]
        if path == "README.md":
            return "index.html"
        if (self.root / path).is_dir():
            return self.page_of(os.path.join(path, "README.md")) if (self.root / path / "README.md").exists() else None
        if not (self.root / path).is_file():
            return None
        self.waiting.append(path)
        return re.sub(r"^docs/", "", path[:-3] + ".html" if path.endswith(".md") else f"source/{path}.html")

    def relative(self, page, target):
        return os.path.relpath(target, os.path.dirname(page) or ".")

    def link(self, source, page, target):
        """The link of a document, as one between pages."""
        if re.match(r"[a-z]+:|#", target):
            return target
        path, _, place = target.partition("#")
        found = self.page_of(os.path.normpath(os.path.join(os.path.dirname(source), path)))
        if found is None:
            self.findings.append(f"{source}: the link to {target} leads to nothing that has a page")
            return target
        return self.relative(page, found) + (f"#{place}" if place else "")

    def rendered(self, source, page):
        """The title of a document and its HTML."""
        tokens = self.markdown.parse((self.root / source).read_text(encoding="utf-8"))
        title, taken = None, set()
        for number, token in enumerate(tokens):
            if token.type == "heading_open":
                text = "".join(child.content for child in tokens[number + 1].children or [])
                title = title or text
                token.attrSet("id", slug(text, taken))
            elif token.type == "html_block" and token.content.lstrip().startswith("<!--"):
                token.content = self.caption(page, token.content)
            for child in token.children or []:
                if child.type == "link_open":
                    child.attrSet("href", self.link(source, page, child.attrGet("href")))
        body = self.markdown.renderer.render(tokens, self.markdown.options, {})
        body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
        return title or source, re.sub(r"(<a [^>]*>)?<code>([\w./-]+)</code>", lambda match: self.named(page, match), body)

    def caption(self, page, comment):
        """Over a block that quotes an example: which one. Nothing for other comments."""
        quoted = re.match(r"<!-- (examples/\w+\.cpp): \w+ -->", comment.strip())
        found = quoted and self.page_of(quoted[1])
        return f'<p class="from">In <a href="{self.relative(page, found)}">{quoted[1]}</a></p>\n' if found else ""

    def named(self, page, match):
        """A header or an example in code marks leads to its page."""
        name = match[2]
        if match[1] or not (name in self.headers or (name.startswith("examples/") and (self.root / name).is_file())):
            return match[0]
        return f'<a href="{self.relative(page, self.page_of(name))}"><code>{name}</code></a>'

    def write(self, page, title, body):
        groups = []
        for name, entries in self.menu:
            lines = []
            for target, label in entries:
                here = ' aria-current="page"' if target == page else ""
                lines.append(f'<li><a href="{self.relative(page, target)}"{here}>{html.escape(label)}</a></li>')
            groups.append(f"<h2>{name}</h2>\n<ul>\n" + "\n".join(lines) + "\n</ul>")
        values = {
            "title": html.escape(title),
            "style": self.relative(page, "style.css"),
            "home": self.relative(page, "index.html"),
            "menu": "\n".join(groups),
            "body": body,
        }
        file = self.out / page
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], self.template), encoding="utf-8")
        self.written.add(page)

    def write_source(self, path, page):
        text = (self.root / path).read_text(encoding="utf-8", errors="replace")
        try:
            lexer = get_lexer_for_filename(path)
        except ClassNotFound:
            lexer = TextLexer()
        self.write(page, path, f"<h1>{html.escape(path)}</h1>\n<pre><code>{coloured(text, lexer)}</code></pre>")

    def write_headers(self):
        """Every public header with the first sentence of its comment, by layers."""
        parts = ["<h1>The headers</h1>"]
        layer = None
        for header, page in self.headers.items():
            if os.path.dirname(header) != layer:
                parts.append("</dl>" if layer else "")
                layer = os.path.dirname(header)
                parts.append(f'<h2 id="{layer.replace("/", "-")}">{layer}</h2>\n<dl class="headers">')
            text = self.markdown.renderInline(first_sentence((self.root / header).read_text(encoding="utf-8")))
            parts.append(f'<dt><a href="{page}"><code>{header}</code></a></dt><dd>{text}</dd>')
        self.write("reference.html", "The headers", "\n".join(parts) + "</dl>")

    def entries(self, paths):
        """Pages for the menu, with their titles."""
        result = []
        for path in paths:
            heading = re.search(r"(?m)^# (.*)$", (self.root / path).read_text(encoding="utf-8"))
            result.append((self.page_of(path), re.sub(r"`", "", heading[1]) if heading else path))
        return result

    def build(self):
        def folder(name):
            return sorted(str(path.relative_to(self.root)) for path in (self.root / name).glob("*.md"))

        guide = (self.root / "docs/guide/README.md").read_text(encoding="utf-8")
        order = [f"docs/guide/{name}" for name in re.findall(r"(?m)^\| \[[^\]]*\]\(([\w-]+\.md)\)", guide)]
        order += [path for path in folder("docs/guide") if path not in order and not path.endswith("README.md")]
        self.menu = [
            ("Ringback", [("index.html", "What it is"), ("guide/README.html", "The guide: which page for whom")]),
            ("Guide", self.entries(order)),
            ("Reference", [("reference.html", "The headers")]),
            ("How it works", self.entries(folder("docs/internals"))),
            ("Decisions", self.entries(path for path in folder("docs/decisions") if not path.endswith("README.md"))),
            ("Project", self.entries(path for path in PROJECT if (self.root / path).exists())),
        ]
        self.waiting += ["README.md", "docs/guide/README.md", *folder("docs/guide")]
        while self.waiting:
            path = self.waiting.pop()
            page = "index.html" if path == "README.md" else self.page_of(path)
            self.waiting = [other for other in self.waiting if other != path]
            if page in self.written:
                continue
            if path.endswith(".md"):
                self.write(page, *self.rendered(path, page))
            else:
                self.write_source(path, page)
        self.write_headers()
        (self.out / "style.css").write_text((HERE / "style.css").read_text(encoding="utf-8"), encoding="utf-8")
        return len(self.written), self.findings


def build(root, out, headers):
    """Writes the pages; gives how many, and what is wrong with links of documents."""
    return Site(root, out, headers).build()
