"""Insight: from the lake as of any day to one row per customer and the figures of the firm.

`occasions -> histories -> model -> standing, rung, value -> figures`; everything is a function of (orders up to a
day, parameters). Pure tables in, tables and figures out: no files, no Django, no words (reasons are codes + figures).
"""
