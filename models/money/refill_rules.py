"""Why money is not taken in: all that speaks against one refill, before anything is written.

Whether the owner can pay for it shows when it is posted.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from models.money.party import Party
from models.rules.enums import AccountStatus, RefillMethod
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.movement import movement_problems, words_violation
from models.rules.text import text_violation
from models.rules.violation import Violation

EXTERNAL_ID_LENGTH = 120

NO_ACCOUNT = Problem(ErrorCode.NOT_FOUND, ("accountId",), "There is no such account.")
GONE = Problem(
    ErrorCode.WRONG_STATE, ("accountId",), "The account is deleted and takes no more refills."
)
NO_GATEWAY = Problem(
    ErrorCode.FORBIDDEN, ("method",), "This account may not be refilled by payment gateway."
)
NEEDS_EXTERNAL_ID = Violation(ErrorCode.REQUIRED, "is needed for a payment by gateway")
NOT_FOR_POSTPAID = Problem(
    ErrorCode.NOT_ALLOWED_FOR_POSTPAID,
    ("openingBalance",),
    "A postpaid account has no opening balance.",
)


class Wanted(Protocol):
    """What is asked of a refill, as far as it can be wrong."""

    @property
    def amount(self) -> Decimal:
        """In the currency given beside it."""

    @property
    def currency_code(self) -> str:
        """Must be the account's."""

    @property
    def method(self) -> RefillMethod:
        """How the money comes."""

    @property
    def external_id(self) -> str | None:
        """The payment's name at the gateway."""

    @property
    def note(self) -> str | None:
        """Free words of whoever asks."""


def refuse_impossible(wanted: Wanted, party: Party | None) -> None:
    """Raise Refused with everything that speaks against the refill."""
    problems = tuple(_problems(wanted, party))
    if problems:
        raise Refused(problems)


def _problems(wanted: Wanted, party: Party | None) -> Iterator[Problem]:
    if party is None:
        yield NO_ACCOUNT
        return
    yield from movement_problems(wanted.amount, wanted.currency_code, party.currency_code)
    if party.is_prepaid and party.status in {AccountStatus.DELETING, AccountStatus.DELETED}:
        yield GONE
    if wanted.method is RefillMethod.OPENING_BALANCE and not party.is_prepaid:
        yield NOT_FOR_POSTPAID
    yield from _gateway_problems(wanted, party)
    if violation := words_violation(wanted.note, is_needed=False):
        yield violation.at("note")


def _gateway_problems(wanted: Wanted, party: Party) -> Iterator[Problem]:
    if wanted.method is RefillMethod.GATEWAY and not party.may_use_gateway:
        yield NO_GATEWAY
    if wanted.method is RefillMethod.GATEWAY and not wanted.external_id:
        yield NEEDS_EXTERNAL_ID.at("externalId")
    if violation := text_violation(wanted.external_id or "", EXTERNAL_ID_LENGTH):
        yield violation.at("externalId")
