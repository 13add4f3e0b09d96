"""Stable hashing: the same key gives the same number on every machine, in every version, for ever.

Samples and (later) experiment arms are drawn by hash, so that order of rows, process and time change nothing.
"""

from __future__ import annotations

from hashlib import blake2b


def stable_hash(*parts: str | int) -> int:
    """A 63-bit non-negative integer from the parts; ("a", "bc") and ("ab", "c") differ."""
    text = "\x1f".join(f"{type(part).__name__[0]}{part}" for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def share(*parts: str | int) -> float:
    """A number in [0, 1), evenly spread over keys: `share("holdout", id) < 0.1` picks a stable tenth."""
    return stable_hash(*parts) / float(1 << 63)
