"""Every statement of the contract that can be tested by now has a test, and docs/contract.md names them all.

A test names the statements it is about in its name: contract_NN, always two digits.
"""

from tidy_rules import contract_page
from tidy_rules.tree import Finding

STATEMENTS = range(1, 49)


def check(tree):
    tests = contract_page.contract_tests(tree)
    if not any(file.path.endswith("_test.cpp") for file in tree.files.values()):
        return
    tagged = set()
    for test in tests:
        for number in test.numbers:
            tagged.add(int(number))
            if len(number) != 2:
                text = f"contract_{number}: a statement's number has two digits in a test's name"
                yield tree.files[test.path].finding(test.offset, text)
    for number in STATEMENTS:
        if number not in tagged:
            text = f"no test has contract_{number:02} in its name: statement {number} of the contract is not tested"
            yield Finding("tests", 1, text)
    yield from page_findings(tree)


def page_findings(tree):
    if contract_page.STATEMENTS not in tree.files:
        return
    text, findings = contract_page.page(tree)
    yield from findings
    written = tree.files.get(contract_page.PAGE)
    if written is None or written.text != text:
        yield Finding(contract_page.PAGE, 1, "not what the tests and lists say now: run tools/contract")
