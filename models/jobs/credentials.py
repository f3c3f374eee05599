"""Secrets that a job made for its accounts, sealed with the piece that made them.

They are read once, by whoever asked for the job, and gone after a day.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from models import seal
from models.accounts.opening import Opened
from models.database import raw, transaction
from models.jobs.download import Download
from models.rules.csv_text import csv_line

PURPOSE = "job-credentials"
COLUMNS = ("number", "pin", "sip_username", "sip_password")

_SEALED = """
SELECT c.sealed_credentials AS sealed
  FROM job_downloads d JOIN job_chunks c ON c.job_id = d.job_id
 WHERE d.id = $1 AND d.fetched_at IS NULL AND d.expires_at > now()
   AND c.sealed_credentials IS NOT NULL
 ORDER BY c.chunk_no
"""
_FETCHED = """
UPDATE job_downloads SET fetched_at = now() WHERE id = $1 AND fetched_at IS NULL RETURNING id
"""
_WIPE = """
UPDATE job_chunks c SET sealed_credentials = NULL
  FROM job_downloads d WHERE d.id = $1 AND c.job_id = d.job_id
"""


def sealed_credentials(opened: Sequence[Opened], *, every: bool = False) -> bytes | None:
    """The secrets of these accounts in `COLUMNS`, or None.

    every: accounts for which none was made stand there too, by their numbers.
    """
    rows = [row for one in opened if any((row := _row(one))[1:]) or every]
    return seal.seal(PURPOSE, orjson.dumps(rows)) if rows else None


def unsealed_credentials(sealed: bytes) -> list[list[str]]:
    """The other way round."""
    rows: list[list[str]] = orjson.loads(seal.unseal(PURPOSE, sealed))
    return rows


async def credentials_file(download: Download) -> bytes | None:
    """The secrets as CSV in `COLUMNS`; None once they were fetched or are a day old."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_SEALED, download.id)
    if not rows:
        return None
    lines = [csv_line(line) for row in rows for line in unsealed_credentials(row["sealed"])]
    return "".join([csv_line(COLUMNS), *lines]).encode()


async def forget_credentials(download: Download) -> bool:
    """Wipe the secrets because they are being handed over; False when somebody was quicker."""
    async with transaction() as tx:
        if await raw(tx).fetchval(_FETCHED, download.id) is None:
            return False
        await raw(tx).execute(_WIPE, download.id)
        return True


def _row(opened: Opened) -> tuple[str, str, str, str]:
    device = None if opened.draft.sip_password else opened.device
    username, secret = (device.username, device.secret) if device else ("", "")
    return (opened.number, opened.pin or "", username, secret)
