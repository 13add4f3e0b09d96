"""Measurements: `make bench` runs every row of CHECKS' speed table that applies, each beside a peer in the same run.

`data` simulates the large firm once and keeps it; every piece of work runs in a process of its own (`measure`), so
that its peak memory is its own; `peers` are what it is held against; `__main__` prints the table.
"""
