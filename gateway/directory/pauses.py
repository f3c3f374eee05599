"""When the interpreter looks for garbage: a whole look stops every answer, so it is a rare one.

Counting references frees what is remembered of logins; only cycles wait, and those are few.
"""

from __future__ import annotations

import asyncio
import gc

WHOLE_LOOK_SECONDS = 600.0
# The first two are the interpreter's own. The third generation holds all that is remembered, fifty
# thousand logins of which thousands are replaced each second: looked through as usual, it would
# stop answers for a twelfth of a second every few seconds.
_YOUNG, _MIDDLE, _NEVER_BY_ITSELF = 700, 10, 2**30


def pause_rarely() -> None:
    """Leave out for good what is there before the first answer, and look at the rest by clock."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER_BY_ITSELF)


async def look_wholly() -> None:
    """Free what cycles hold, for as long as the listener runs."""
    while True:
        await asyncio.sleep(WHOLE_LOOK_SECONDS)
        gc.collect()
