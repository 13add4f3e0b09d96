"""The workspaces of the server's hard tests, on both databases."""

from hard.platform.conftest import place

__all__ = ["place"]
