"""What each constraint of the database means to a caller: the one table of their names.

A constraint that is not here guards against ourselves, and its violation is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import asyncpg
from tortoise.exceptions import IntegrityError

from models.rules.errors import DomainError, ErrorCode


@dataclass(frozen=True, slots=True)
class Meaning:
    """The refusal that a violated constraint stands for; `field` is the path in the input."""

    code: ErrorCode
    field: tuple[str, ...]
    sentence: str


def _taken(field: str, sentence: str) -> Meaning:
    return Meaning(ErrorCode.TAKEN, (field,), sentence)


def _absent(field: str) -> Meaning:
    return Meaning(ErrorCode.NOT_FOUND, (field,), "There is no such thing.")


MEANINGS: MappingProxyType[str, Meaning] = MappingProxyType(
    {
        "accounts_number_live": _taken("number", "This number is in use."),
        "accounts_realm": _taken("realm", "This realm is in use."),
        "pins_keyed_hash_key": _taken("pin", "This PIN is in use."),
        "logins_pkey": _taken("email", "This e-mail address is in use."),
        "rate_groups_name": _taken("name", "There is a rate group of this name already."),
        "localizations_name": _taken("name", "There is a localization of this name already."),
        "refills_external_id_key": _taken("externalId", "This payment has been booked before."),
        "caller_ids_digits_key": _taken("number", "An account has this caller ID already."),
        "blocked_codes_prefix": _taken("prefix", "This prefix is blocked already."),
        "ip_settings_network": _taken("network", "This network is listed already."),
        "dids_digits_key": _taken("number", "This number is in the inventory already."),
        "reseller_prices_product_id_fkey": _absent("productId"),
        "reseller_prices_did_id_fkey": _absent("didId"),
        "switch_nodes_name_key": _taken("name", "Another switch has this name."),
        "taxes_name": _taken("name", "There is a tax of this name already."),
    }
)

Violation = IntegrityError | asyncpg.IntegrityConstraintViolationError


@contextmanager
def understood() -> Iterator[None]:
    """Turn violations of known constraints within the block into DomainError; others pass."""
    try:
        yield
    except (IntegrityError, asyncpg.IntegrityConstraintViolationError) as violation:
        refusal = meaning_of(violation)
        if refusal is None:
            raise
        raise refusal from violation


def meaning_of(violation: Violation) -> DomainError | None:
    """The refusal that this violation stands for, or None for a fault of ours."""
    cause = violation.args[0] if isinstance(violation, IntegrityError) else violation
    meaning = MEANINGS.get(getattr(cause, "constraint_name", None) or "")
    if meaning is None:
        return None
    return DomainError(meaning.code, meaning.field, meaning.sentence)
