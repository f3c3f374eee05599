"""Secrets that a job made for its accounts, sealed with the piece that made them.

They are read once, by whoever asked for the job, and gone after a day.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from models import seal
from models.accounts.opening import Opened

PURPOSE = "job-credentials"
COLUMNS = ("number", "pin", "sip_username", "sip_password")


def sealed_credentials(opened: Sequence[Opened]) -> bytes | None:
    """The secrets of these accounts in `COLUMNS`; None when none was made."""
    rows = [row for one in opened if (row := _row(one)) is not None]
    return seal.seal(PURPOSE, orjson.dumps(rows)) if rows else None


def unsealed_credentials(sealed: bytes) -> list[list[str]]:
    """The other way round."""
    rows: list[list[str]] = orjson.loads(seal.unseal(PURPOSE, sealed))
    return rows


def _row(opened: Opened) -> tuple[str, str, str, str] | None:
    device = None if opened.draft.sip_password else opened.device
    if opened.pin is None and device is None:
        return None
    username, secret = (device.username, device.secret) if device else ("", "")
    return (opened.number, opened.pin or "", username, secret)
