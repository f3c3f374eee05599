"""Tries to prove who one is: ten in fifteen minutes for each login and each address, then waiting.

Nothing here locks for good: a try is forgotten after fifteen minutes, and whoever has signed in
from an address before is counted there apart, so that strangers cannot keep an owner out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from tortoise import fields
from tortoise.models import Model

from models import seal
from models.database import raw, transaction
from models.ids import new_id
from models.rules.errors import Throttled

TRIES = 10

# The tenth newest try is the one that has to be forgotten before the next is let through.
_WAIT = f"""
SELECT ceil(extract(epoch FROM at + interval '15 minutes' - clock_timestamp()))::int
  FROM sign_in_tries
 WHERE subject = $1 AND at > clock_timestamp() - interval '15 minutes'
 ORDER BY at DESC OFFSET {TRIES - 1} LIMIT 1
"""  # noqa: S608 - our own text
_COUNT = "INSERT INTO sign_in_tries (id, subject, at) VALUES ($1, $2, clock_timestamp())"
_FORGET = """
DELETE FROM sign_in_tries WHERE id IN (
    SELECT id FROM sign_in_tries WHERE at < clock_timestamp() - interval '15 minutes'
     LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


class SignInTry(Model):
    """A failed sign-in, counted per login and per address for fifteen minutes."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.CharField(max_length=72, db_index=True)  # "login:<hash>" or "address:<hash>"
    at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "sign_in_tries"

    @classmethod
    async def admit(cls, subjects: Sequence[str]) -> tuple[UUID, ...]:
        """Count one more try of each subject; raises Throttled when one has had its ten.

        A try that succeeds is taken back by `forgive`, with the ids from here. Subjects of the
        same kind stand at the same place, so that two callers never wait for each other.
        """
        taken = tuple(new_id() for _ in subjects)
        async with transaction() as tx:
            connection = raw(tx)
            for subject in subjects:
                await _refuse_when_used_up(connection, subject)
            await connection.executemany(_COUNT, list(zip(taken, subjects, strict=True)))
            await connection.execute(_FORGET)
        return taken

    @classmethod
    async def forgive(cls, taken: Sequence[UUID]) -> None:
        """Take tries back that did not fail."""
        await cls.filter(id__in=taken).delete()


async def _refuse_when_used_up(
    connection: asyncpg.Connection[asyncpg.Record], subject: str
) -> None:
    # Parallel tries of one subject are counted one after the other, else a burst slips through.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
    seconds: int | None = await connection.fetchval(_WAIT, subject)
    if seconds is not None:
        sentence = f"Too many tries; wait {seconds} seconds."
        raise Throttled(sentence, max(seconds, 1))


def subject_of(kind: str, *parts: str) -> str:
    """The name that tries are counted under; who it is cannot be read from it.

    kind: at most 7 letters.
    """
    return f"{kind}:{seal.keyed_hash('sign-in tries', chr(0).join(parts).encode())}"
