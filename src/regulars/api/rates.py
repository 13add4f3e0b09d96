"""How much one key may do: token buckets, each process for itself."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable

_MOST = 10_000
"""Buckets that are remembered; those that are full again are thrown away first."""


class Buckets:
    """One bucket of tokens for each key. `rate` fill in a second, up to `size`; a `rate` of 0 takes everything."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, tokens: int, *, rate: float, size: float) -> int:
        """0 when the tokens were taken; else none were, and it is the seconds after which they are there.

        What is more than a whole bucket is let in when the bucket is full, and paid for afterwards.
        """
        if rate <= 0:
            return 0
        with self._lock:
            now = self._clock()
            left, at = self._left.get(key, (size, now))
            left = min(size, left + (now - at) * rate)
            wanted = min(tokens, size)
            if left < wanted:
                self._left[key] = (left, now)
                return max(1, math.ceil((wanted - left) / rate))
            self._left[key] = (left - tokens, now)
            if len(self._left) > _MOST:
                self._left = {k: v for k, v in self._left.items() if v[0] + (now - v[1]) * rate < size}
            return 0

    def charge(self, key: Hashable, tokens: int) -> None:
        """Take tokens afterwards, for what cost more than was asked for before; they may be owed."""
        with self._lock:
            if key in self._left:
                left, at = self._left[key]
                self._left[key] = (left - tokens, at)
