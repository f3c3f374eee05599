"""What a switch reports of one call: our flat JSON, read strictly but never thrown away.

Whose call it was and what it costs whom is decided by `models.money.cdr_intake`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from models.rules.enums import CallDirection, CallType
from models.rules.money import INTEGER_DIGITS, ZERO, ledger_amount

UNIQUE_ID_LENGTH = 128
LONGEST_CALL_SECONDS = 7 * 24 * 3600  # longer is a switch that lost its clock
AMOUNT_LIMIT = Decimal(10) ** INTEGER_DIGITS

Body = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # what text columns or logs cannot take


@dataclass(frozen=True, slots=True)
class Level:
    """What the reseller of this number pays to its owner for the call."""

    reseller: str
    debit: Decimal


@dataclass(frozen=True, slots=True)
class CdrReport:
    """One finished call as the switch priced it; amounts in `currency_code`, else the account's."""

    unique_id: str
    account_id: UUID | None
    account_number: str | None
    device_id: UUID | None
    sip_user: str | None
    caller_id: str
    called_number: str
    destination: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    billable_seconds: int
    disposition: str
    debit: Decimal
    cost: Decimal
    currency_code: str | None
    call_type: CallType
    direction: CallDirection
    provider_number: str | None
    provider_cost: Decimal
    levels: tuple[Level, ...]  # the direct parent first
    body: Body  # as it came, for when the account is not known


@dataclass(frozen=True, slots=True)
class UnreadableReport:
    """A report that names its call but cannot be charged; kept with the reason."""

    unique_id: str
    reason: str
    body: Body


def read_report(body: Body) -> CdrReport | UnreadableReport:
    """Read one flat report. Raises ValueError when it does not even say which call it is about."""
    unique_id = body.get("uniqueId")
    if not isinstance(unique_id, str) or not 0 < len(unique_id) <= UNIQUE_ID_LENGTH:
        raise ValueError(f"uniqueId must be a text of 1 to {UNIQUE_ID_LENGTH} characters.")
    if _CONTROL.search(unique_id):
        raise ValueError("uniqueId must not contain control characters.")
    try:
        return _report(unique_id, body)
    except ValueError as wrong:
        return UnreadableReport(unique_id, str(wrong), body)
    except (ArithmeticError, RecursionError):
        words = "It names a moment outside of our calendar, or nests too deeply."
        return UnreadableReport(unique_id, words, body)


def _report(unique_id: str, body: Body) -> CdrReport:
    started_at = _instant(body, "startedAt")
    if started_at is None:
        raise ValueError("startedAt is missing.")
    seconds = _seconds(body)
    answered_at = _instant(body, "answeredAt")
    ended_at = _instant(body, "endedAt") or (answered_at or started_at) + timedelta(seconds=seconds)
    if not started_at <= ended_at <= started_at + timedelta(seconds=LONGEST_CALL_SECONDS):
        raise ValueError("endedAt is before startedAt, or more than a week after it.")
    return CdrReport(
        unique_id=unique_id,
        account_id=_id(body, "accountId"),
        account_number=_text(body, "accountNumber", 20),
        device_id=_id(body, "deviceId"),
        sip_user=_text(body, "sipUser", 64),
        caller_id=_text(body, "callerId", 64) or "",
        called_number=_text(body, "calledNumber", 64) or "",
        destination=_text(body, "destination", 120),
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        billable_seconds=seconds,
        disposition=_text(body, "disposition", 64) or "",
        debit=_amount(body, "debit"),
        cost=_amount(body, "cost"),
        currency_code=(_text(body, "currency", 3) or "").upper() or None,
        call_type=_word(body, "callType", CallType, CallType.STANDARD),
        direction=_word(body, "direction", CallDirection, CallDirection.OUTBOUND),
        provider_number=_text(body, "providerNumber", 20),
        provider_cost=_amount(body, "providerCost"),
        levels=_levels(body),
        body=body,
    )


def _text(body: Body, name: str, longest: int) -> str | None:
    """Free text of a switch: cut rather than refused, since the call has happened."""
    value = body.get(name)
    if value is None or isinstance(value, (Mapping, list)):
        return None
    return _CONTROL.sub("", str(value))[:longest] or None


def _id(body: Body, name: str) -> UUID | None:
    try:
        return UUID(str(body.get(name)))
    except ValueError:
        return None  # an id that is none names no account; the next way of finding it is tried


def _instant(body: Body, name: str) -> datetime | None:
    """ISO 8601 with an offset, or seconds since 1970; 0 and nothing mean that it never came."""
    value = body.get(name)
    if value in (None, "", 0, "0"):
        return None
    try:
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        instant = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError) as wrong:
        raise ValueError(f"{name} is not an instant.") from wrong
    if instant.tzinfo is None:
        raise ValueError(f"{name} has no offset from UTC.")
    return instant.astimezone(UTC)


def _seconds(body: Body) -> int:
    value = body.get("billableSeconds", 0)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,6}", str(value)):
        raise ValueError("billableSeconds is not a whole number of seconds.")
    if int(value) > LONGEST_CALL_SECONDS:
        raise ValueError("billableSeconds is more than a week.")
    return int(value)


def _amount(body: Body, name: str) -> Decimal:
    value = body.get(name)
    if value in (None, ""):
        return ZERO
    try:
        amount = Decimal(str(value))
    except InvalidOperation as wrong:
        raise ValueError(f"{name} is not a decimal number.") from wrong
    # Judged as it will be kept: what is rounded up may not fit any more.
    if not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT:
        raise ValueError(f"{name} is negative or too large.")
    if (kept := ledger_amount(amount)) >= AMOUNT_LIMIT:
        raise ValueError(f"{name} is too large.")
    return kept


def _word(body: Body, name: str, kind: type[Word], default: Word) -> Word:
    value = body.get(name)
    if value in (None, ""):
        return default
    try:
        return kind(str(value).upper())
    except ValueError as wrong:
        raise ValueError(f"{name} must be one of {', '.join(kind)}.") from wrong


def _levels(body: Body) -> tuple[Level, ...]:
    """A list of `{reseller, debit}`; a switch that only has text may send it as JSON text."""
    value = body.get("levels") or []
    if isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, list) or not all(isinstance(level, Mapping) for level in value):
        raise ValueError("levels is not a list of {reseller, debit}.")
    priced = [level for level in value if level.get("debit") not in (None, "")]
    return tuple(Level(str(level.get("reseller")), _amount(level, "debit")) for level in priced)
