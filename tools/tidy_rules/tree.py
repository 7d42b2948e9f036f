"""The files that are checked, and what a check finds in them."""

import os
from dataclasses import dataclass
from functools import cached_property

from tidy_rules.source import mask

# Not ours to check: what builds and editors leave behind.
IGNORED_FOLDERS = {".git", ".cache", "__pycache__", "node_modules"}
IGNORED_AT_ROOT = {"build", "out"}


@dataclass(order=True, frozen=True)
class Finding:
    path: str
    line: int
    text: str  # what is wrong, and what to do

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class File:
    """A text file: its path from the root, its text, and its C++ code without comments and literals."""

    def __init__(self, path, text):
        self.path = path
        self.text = text

    @property
    def folder(self):
        return os.path.dirname(self.path)

    @property
    def name(self):
        return os.path.basename(self.path)

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        return mask(self.text)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def finding(self, offset, text):
        return Finding(self.path, self.line_of(offset), text)


class Tree:
    """All files, by path from the root. Tests build one from a dict, the tool from the disk."""

    def __init__(self, texts):
        self.files = {path: File(path, text) for path, text in sorted(texts.items())}
        self.paths = list(self.files)
        self.folders = {"."}
        for path in self.paths:
            while path := os.path.dirname(path):
                self.folders.add(path)

    @classmethod
    def at(cls, root):
        texts = {}
        for folder, subfolders, names in os.walk(root):
            here = os.path.relpath(folder, root)
            ignored = IGNORED_FOLDERS | (IGNORED_AT_ROOT if here == "." else set())
            subfolders[:] = [name for name in subfolders if name not in ignored]
            for name in names:
                if name in IGNORED_FOLDERS:  # .git is a file where the tree is a second one of its repository
                    continue
                try:
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        texts[os.path.normpath(os.path.join(here, name))] = file.read()
                except (UnicodeDecodeError, OSError):
                    continue  # a picture, or a link to nowhere
        return cls(texts)

    def has(self, path):
        path = os.path.normpath(path)
        return path in self.files or path in self.folders

    def ending(self, *suffixes):
        return [file for path, file in self.files.items() if path.endswith(suffixes)]

    def cpp(self):
        return self.ending(".h", ".cpp")
