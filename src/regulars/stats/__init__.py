"""Models of repeat buying, spend and contracts, and the scores that judge them. NumPy and SciPy, arrays in and out.

Usable alone: `from regulars.stats import BetaGeoNBD`. Data comes as sufficient statistics per customer (repeat
occasions `x`, day of the last `t_x`, days observed `T`), is grouped, fitted with analytic gradients, and answers
questions about the future as arrays of the same length.
"""
