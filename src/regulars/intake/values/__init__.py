"""Values: what the cells of a column are (dates, amounts, words, in which form), and the SQL that reads them.

Each type has `recognise` (from a sample, in Python) and expressions for DuckDB: a fast cast in the recognised form,
and behind it, for the cells that fail, a slow reading of every form that means the same.
"""
