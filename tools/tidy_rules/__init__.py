"""The rules of tools/tidy: each module has check(tree), which yields Findings."""
