"""A sample shop with two years of life, from a simulator whose truth is outside the model family.

It writes the files that a shop would export; everything after that is the main job, as for any firm.
"""
