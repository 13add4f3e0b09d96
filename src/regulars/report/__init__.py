"""The report: insight's figures in plain words, tables and charts, for the terminal, as one HTML file and as PDF.

Figures come in as `insight.figures.Firm`; nothing is computed here beyond rounding and wording.
"""
