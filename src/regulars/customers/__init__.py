"""Customers: who they are (identity map, personal attributes), and `refresh`, which lets insight judge them.

Keys of a file come in, integer ids go out; personal data stays here, in the operations store.
"""
