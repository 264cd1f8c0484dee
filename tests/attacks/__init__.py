"""The attacker of the anonymity tests: takes dumps, reads signs of order, links people to answers.

Nothing here knows the design that it attacks: it gets rows, raw files and keys, and is scored.
"""
