"""The call decision: all that a customer's record says of one call; the first refusal wins.

Pricing and routing are the switch's; the facts are read by whoever asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from models.rules.cli_pool import Pool, PoolAnswer, ask_pool, refuses_all
from models.rules.enums import CallDirection, CallReason, CallVerdict, CliPool, LocalizationTarget
from models.rules.localization import Translation, translated
from models.rules.phone import as_dialled, comparable, is_anonymous, without_punctuation


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is true of an account at the moment of a call.

    switched_on: account and every reseller above active, none deleted, none suspended for debt.
    funded: it and every reseller above can pay.
    """

    account_id: UUID
    switched_on: bool
    expired: bool
    funded: bool
    rate_group_id: UUID | None
    non_cli_rate_group_id: UUID | None = None
    allows_local_calls: bool = True
    pool: Pool = field(default_factory=lambda: Pool(CliPool.DISABLED))
    force_caller_id: str | None = None  # the active one's number
    speed_dials: Mapping[int, str] = field(default_factory=dict)
    blocked_prefixes: tuple[str, ...] = ()
    translations: tuple[Translation, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call about to be made; without a called number only state, funds and pool are decided.

    reaches_house: the number that `number_to_dial` gives is a device or account of the house.
    """

    call_id: str
    cli: str | None = None
    called_number: str | None = None
    reaches_house: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer; a rejected call presents, dials and pays nothing."""

    verdict: CallVerdict
    reason: CallReason
    presented_cli: str | None = None
    dial_number: str | None = None
    rate_group_id: UUID | None = None


def decide(facts: CallFacts, call: Call) -> Decision:
    """Decide one call, in this order: state, expiry, funds, the called number, the CLI."""
    off = state_blockers(facts)
    if off:
        return _rejected(off[0])
    dialled = number_to_dial(facts, call.called_number)
    if dialled is not None:
        if _is_blocked(facts, dialled):
            return _rejected(CallReason.DESTINATION_BLOCKED)
        if call.reaches_house and not facts.allows_local_calls:
            return _rejected(CallReason.LOCAL_NOT_ALLOWED)
    answer = _presented(facts, call)
    if answer.reason is not CallReason.OK:
        return _rejected(answer.reason)
    paying = facts.non_cli_rate_group_id if answer.non_cli_rate_group else facts.rate_group_id
    return Decision(CallVerdict.ALLOW, CallReason.OK, answer.presented_cli, dialled, paying)


def blockers(facts: CallFacts) -> tuple[CallReason, ...]:
    """List everything that refuses every call of the account, in the order of the decision."""
    refusal = refuses_all(facts.pool) if facts.force_caller_id is None else None
    return state_blockers(facts) + ((refusal,) if refusal else ())


def state_blockers(facts: CallFacts) -> tuple[CallReason, ...]:
    """List what refuses a call before its numbers are looked at."""
    found = (
        (not facts.switched_on, CallReason.ACCOUNT_OFF),
        (facts.expired, CallReason.EXPIRED),
        (not facts.funded, CallReason.NO_FUNDS),
    )
    return tuple(reason for holds, reason in found if holds)


def number_to_dial(facts: CallFacts, called_number: str | None) -> str | None:
    """Give the number that is dialled in the end: a speed dial's, then translated."""
    if called_number is None or not called_number.strip():
        return None
    called = as_dialled(called_number)
    key = int(called) if len(called) == 1 and called in "0123456789" else None
    number = facts.speed_dials.get(key, called) if key is not None else called
    return as_dialled(
        translated(facts.translations, CallDirection.OUTBOUND, LocalizationTarget.NUMBER, number)
    )


def spellings(dialled: str) -> tuple[str, ...]:
    """One number in all the ways of writing it that reach the same telephone."""
    digits = comparable(dialled)
    return (dialled,) if digits is None else (dialled, digits, f"+{digits}", f"00{digits}")


def _rejected(reason: CallReason) -> Decision:
    return Decision(CallVerdict.REJECT, reason)


def _is_blocked(facts: CallFacts, dialled: str) -> bool:
    # A block on 44 holds for +44 and 0044 too; a block on 00 holds for the digits as dialled.
    spellings = (dialled.removeprefix("+"), comparable(dialled) or dialled)
    return any(digits.startswith(facts.blocked_prefixes) for digits in spellings)


def _presented(facts: CallFacts, call: Call) -> PoolAnswer:
    if facts.force_caller_id is not None:
        return PoolAnswer(CallReason.OK, facts.force_caller_id)
    return ask_pool(facts.pool, _own_cli(facts, call.cli), facts.account_id, call.call_id)


def _own_cli(facts: CallFacts, cli: str | None) -> str | None:
    """Give the CLI as the pool sees it: bare digits, unless a translation wrote it its own way."""
    if cli is None or is_anonymous(cli):
        return None
    typed = without_punctuation(cli)
    rewritten = translated(
        facts.translations, CallDirection.OUTBOUND, LocalizationTarget.CALLER_ID, typed
    )
    return without_punctuation(rewritten) if rewritten != typed else (comparable(typed) or typed)
