"""Row identifiers: UUID version 7 (RFC 9562), made in the application before the row is written.

Ids of one process never decrease; across processes only the millisecond orders them.
"""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_COUNTER_BITS = 12  # rand_a of RFC 9562 section 6.2 method 1: a counter within the millisecond
_TAIL = 2**62 - 1
_lock = threading.Lock()
_last_millisecond = 0
_counter = 0


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits."""
    return _id(*_tick(), secrets.randbits(62))


def new_ids(count: int) -> list[UUID]:
    """So many fresh ids, in ascending order; a batch asks the secure source once for all."""
    tails = memoryview(secrets.token_bytes(8 * count)).cast("Q")
    return [_id(*_tick(), tail & _TAIL) for tail in tails]


def _id(millisecond: int, counter: int, tail: int) -> UUID:
    return UUID(
        int=(millisecond & (2**48 - 1)) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail
    )


def _tick() -> tuple[int, int]:
    global _last_millisecond, _counter  # noqa: PLW0603 - the clock of this process, under the lock
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_millisecond:
            _last_millisecond, _counter = now, secrets.randbits(_COUNTER_BITS - 1)
        else:
            _counter += 1
            if _counter >= 1 << _COUNTER_BITS:
                _last_millisecond, _counter = _last_millisecond + 1, 0
        return _last_millisecond, _counter
