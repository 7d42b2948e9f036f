"""Every statement of the contract that can be tested by now has a test.

A test names the statements it is about in its name: contract_NN, always two digits.
"""

import re

from tidy_rules.tree import Finding

# Statements of layers that are not there yet (observers, streams, resources) are added with them.
STATEMENTS = (*range(1, 28), *range(33, 37), 38, 40, 41, 43, *range(46, 49))

_TEST = re.compile(r"^TEST(?:_[FP])?\(\s*\w+\s*,\s*(\w+)\s*\)", re.MULTILINE)
_TAG = re.compile(r"contract_(\d+)(?![0-9])")


def check(tree):
    tests = [file for file in tree.ending("_test.cpp") if not file.path.startswith("tools/")]
    if not tests:
        return
    tagged = set()
    for file in tests:
        for test in _TEST.finditer(file.code):
            for number in _TAG.findall(test.group(1)):
                tagged.add(int(number))
                if len(number) != 2:
                    text = f"contract_{number}: a statement's number has two digits in a test's name"
                    yield file.finding(test.start(), text)
    for number in STATEMENTS:
        if number not in tagged:
            text = f"no test has contract_{number:02} in its name: statement {number} of the contract is not tested"
            yield Finding("tests", 1, text)
