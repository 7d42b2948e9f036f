"""What documents are called, how they begin, and that what they name exists.

    every *.md      its name is lower-case-with-hyphens, or all capitals as in README.md and CHANGELOG.md
    every README.md begins with `# ` and its folder's name; a layer's has no other word there
    every *.md      relative links lead somewhere
    README*.md      paths in code marks, the tree, `./dev verb` and `ringback command` exist
    ARCHITECTURE.md and other root documents: paths in code marks that name a file of a top folder
    <layer>/README  is there, has at most 20 lines, and the files it names exist
"""

import os
import re

from tidy_rules.tree import Finding

LAYER_LINES_MAX = 20
_DOCUMENT_NAME = re.compile(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*|[A-Z]+(?:\.[a-z]{2})?)\.md")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^[\w.-]*\w\.(?:h|cpp|md|txt|py|json)$")


def check(tree):
    verbs = dev_verbs(tree)
    for file in tree.ending(".md"):
        yield from document_name(file)
        yield from heading(file)
        yield from links(tree, file)
        if "/" not in file.path:
            yield from named_files(tree, file)
    for path, file in tree.files.items():
        if re.fullmatch(r"README(?:\.[a-z]{2})?\.md", path):
            yield from named_in_readme(tree, file, verbs)
    yield from layer_readmes(tree)


def document_name(file):
    if not _DOCUMENT_NAME.fullmatch(file.name):
        yield file.finding(0, f"{file.name}: name a document in lower case, with hyphens, as the others are")


def heading(file):
    """`# exec` in ringback/exec/README.md, and `# The guide` in docs/guide/README.md."""
    if file.name != "README.md":
        return
    first = file.lines[0] if file.lines else ""
    folder = os.path.basename(file.folder)
    wanted = f"# {folder}" if folder else "# and the product's name"
    if is_layer(file.folder):
        right = first == wanted
    else:
        words = re.findall(r"\w+", first.lower())
        right = first.startswith("# ") and (not folder or folder.lower() in words)
    if not right:
        yield file.finding(0, f"the first line is `{first[:40]}`: begin with `{wanted}`")


def is_layer(folder):
    return re.fullmatch(r"(?:ringback|vectordb)/\w+", folder) is not None


def without_code(text):
    """The text with blanks for what stands in fences and code marks: `[](int) {}` is no link."""
    for code in (_FENCE, _CODE):
        text = code.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    return text


def links(tree, file):
    for match in _LINK.finditer(without_code(file.text)):
        target = match.group(1)
        if re.match(r"[a-z]+:", target):
            continue
        if not tree.has(os.path.join(file.folder, target)):
            yield file.finding(match.start(), f"the link to {target} leads nowhere: correct or remove it")


def named_files(tree, file):
    """`ringback/exec/loop.h` in a root document: the top folder is ours, so the file must be there."""
    for match in _CODE.finditer(file.text):
        name = match.group(1)
        top = name.split("/")[0]
        if "/" in name and top in tree.folders and re.fullmatch(r"[\w./-]+\.\w+", name) and not tree.has(name):
            yield file.finding(match.start(), f"`{name}` does not exist: correct or remove it")


def dev_verbs(tree):
    dev = tree.files.get("dev")
    return set(re.findall(r"(?m)^\./dev (\w+)", dev.text)) if dev else set()


# Which folder's program knows which words.
_PROGRAMS = {"ringback": ["cli/"], "ringback-demo": ["demo/"], "./dev run": ["cli/", "demo/"]}


def has_command(tree, program, name):
    """Whether the program knows this word: some source of its folder has it as a string."""
    return any(f'"{name}"' in file.text for path, file in tree.files.items() if path.startswith(tuple(_PROGRAMS[program])))


def named_in_readme(tree, file, verbs):
    for match in _CODE.finditer(file.text):
        name = match.group(1)
        is_path = re.fullmatch(r"\.?[\w-]+(?:[./][\w.-]+)*/?", name) and (name.endswith("/") or _FILE.match(name))
        if is_path and not tree.has(name):
            yield file.finding(match.start(), f"`{name}` does not exist: correct or remove it")

    for match in re.finditer(r"\./dev (\w+)", file.text):
        if match.group(1) not in verbs:
            yield file.finding(match.start(), f"./dev has no verb {match.group(1)}: `./dev help` lists them")
    for match in re.finditer(r"(?:`|^\$ |^)(ringback(?:-demo)?) ([a-z]+)\b(?!:)|(\./dev run) ([a-z]+)", file.text, re.MULTILINE):
        program, name = (match.group(1), match.group(2)) if match.group(1) else (match.group(3), match.group(4))
        if not has_command(tree, program, name):
            folders = " and ".join(_PROGRAMS[program])
            yield file.finding(match.start(), f"no command `{program} {name}` in {folders}: correct or remove it")

    for match in _FENCE.finditer(file.text):
        if match.group(1) == "text":
            yield from tree_block(tree, file, match.start(2), match.group(2))


def tree_block(tree, file, start, text):
    """A fenced `text` block whose lines begin with paths: indented lines are inside the one above."""
    above = []
    offset = start
    for line in text.splitlines(keepends=True):
        entry = re.match(r"( *)([\w.-]+/?)(?:\s|$)", line)
        if entry and (entry.group(2).endswith("/") or "." in entry.group(2) or tree.has(entry.group(2))):
            depth = len(entry.group(1)) // 2
            path = "".join(above[:depth]) + entry.group(2)
            above[depth:] = [entry.group(2)]
            if not tree.has(path):
                yield file.finding(offset, f"{path} in the tree does not exist: correct or remove it")
        offset += len(line)


def layer_readmes(tree):
    for folder in sorted(tree.folders):
        if not is_layer(folder):
            continue
        readme = tree.files.get(f"{folder}/README.md")
        if readme is None:
            yield Finding(folder, 1, f"{folder}/README.md is missing: say in at most {LAYER_LINES_MAX} lines what lives here")
            continue
        if len(readme.lines) > LAYER_LINES_MAX:
            yield Finding(readme.path, LAYER_LINES_MAX + 1, f"more than {LAYER_LINES_MAX} lines: what lives here, no more")
        for match in _CODE.finditer(readme.text):
            name = match.group(1)
            if re.fullmatch(r"[\w./-]+\.(?:h|cpp|md)", name) and not (tree.has(f"{folder}/{name}") or tree.has(name)):
                yield readme.finding(match.start(), f"`{name}` does not exist: correct or remove it")
