"""The console: the screens of staff, in Unfold's frame. It mounts what rooms export, and owns only the frame.

A request comes in at `urls`; `guard` asks `staff.roles`; a view reads through rooms' `queries` and writes through
their `actions`; templates turn the outcome into a page.
"""
