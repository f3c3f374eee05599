"""What is drawn for new accounts: numbers and PINs, from the secure source and unlike all others.

How long they are and what they may hold stands in the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.accounts.opening_facts import Connection, pin_hash
from models.rules.account_number import random_number
from models.rules.draft import CustomerDraft
from models.rules.pin import pin_length, random_pin

_TAKEN_EVER = "SELECT number FROM accounts WHERE number = ANY ($1)"
_LIVE_PINS = "SELECT count(*) FROM pins"
_KNOWN_PINS = "SELECT keyed_hash FROM pins WHERE keyed_hash = ANY ($1)"


async def numbers_for(
    connection: Connection, given: Sequence[str | None], length: int
) -> list[str]:
    """Each number as given, or where none is, `length` random digits that no account ever had."""
    numbers = [number or "" for number in given]
    taken = {number for number in numbers if number}
    while waiting := [at for at, number in enumerate(numbers) if not number]:
        drawn = [random_number(length) for _ in waiting]
        taken.update(row["number"] for row in await connection.fetch(_TAKEN_EVER, drawn))
        _hand_out(waiting, drawn, numbers, taken)
    return numbers


async def pins_for(
    connection: Connection, drafts: Sequence[CustomerDraft], minimum: int, to_come: int = 0
) -> list[str | None]:
    """The PIN of each draft: its own, a random one that no live account has, or none.

    to_come: how many will be drawn with these and after them; all are as long as these.
    """
    pins = [draft.pin or "" for draft in drafts]
    waiting = [at for at, draft in enumerate(drafts) if draft.generate_pin]
    if waiting:
        wanted = max(len(waiting), to_come)
        length = pin_length(minimum, await connection.fetchval(_LIVE_PINS), wanted)
        await _draw_pins(connection, length, waiting, pins)
    return [pin or None for pin in pins]


async def drawn_pin(connection: Connection, minimum: int) -> str:
    """One random PIN that no live account has."""
    pins = [""]
    length = pin_length(minimum, await connection.fetchval(_LIVE_PINS), 1)
    await _draw_pins(connection, length, [0], pins)
    return pins[0]


async def _draw_pins(
    connection: Connection, length: int, waiting: list[int], pins: list[str]
) -> None:
    taken = {pin for pin in pins if pin}
    while waiting:
        drawn = [random_pin(length) for _ in waiting]
        hashes = {pin_hash(pin): pin for pin in drawn}
        rows = await connection.fetch(_KNOWN_PINS, list(hashes))
        taken.update(hashes[row["keyed_hash"]] for row in rows)
        _hand_out(waiting, drawn, pins, taken)
        waiting = [at for at in waiting if not pins[at]]


def _hand_out(places: list[int], drawn: list[str], into: list[str], taken: set[str]) -> None:
    for at, value in zip(places, drawn, strict=True):
        if value not in taken:
            into[at] = value
            taken.add(value)
