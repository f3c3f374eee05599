"""The CLI pool: what a call presents and pays, by whether its CLI is one of the account's own.

State, funds and the called number are judged before (`call_decision`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from types import MappingProxyType
from uuid import UUID

from models.rules.enums import CallReason, CliPool
from models.rules.phone import comparable


@dataclass(frozen=True, slots=True)
class Pool:
    """An account's option and its own active numbers, as they are kept."""

    option: CliPool
    dids: tuple[str, ...] = ()
    caller_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolAnswer:
    """What the pool says: OK with the CLI to present and which rate group pays, or a refusal."""

    reason: CallReason
    presented_cli: str | None
    non_cli_rate_group: bool = False


class _Otherwise(Enum):
    """What happens to a call whose CLI is none of the account's own numbers."""

    PICK_ONE = auto()
    SECOND_RATE_GROUP = auto()
    REJECT = auto()


def _dids(pool: Pool) -> tuple[str, ...]:
    return pool.dids


def _caller_ids(pool: Pool) -> tuple[str, ...]:
    return pool.caller_ids


def _both(pool: Pool) -> tuple[str, ...]:
    return pool.dids + pool.caller_ids


# Whose numbers match, and what happens when none does; DISABLED asks nothing and is not listed.
_OPTIONS: MappingProxyType[CliPool, tuple[Callable[[Pool], tuple[str, ...]], _Otherwise]] = (
    MappingProxyType(
        {
            CliPool.DID_ELSE_RANDOM_DID: (_dids, _Otherwise.PICK_ONE),
            CliPool.CALLER_ID_ELSE_RANDOM_CALLER_ID: (_caller_ids, _Otherwise.PICK_ONE),
            CliPool.NON_CLI_RATE_GROUP_UNLESS_DID: (_dids, _Otherwise.SECOND_RATE_GROUP),
            CliPool.NON_CLI_RATE_GROUP_UNLESS_CALLER_ID: (
                _caller_ids,
                _Otherwise.SECOND_RATE_GROUP,
            ),
            CliPool.NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID: (
                _both,
                _Otherwise.SECOND_RATE_GROUP,
            ),
            CliPool.REJECT_UNLESS_DID: (_dids, _Otherwise.REJECT),
            CliPool.REJECT_UNLESS_CALLER_ID: (_caller_ids, _Otherwise.REJECT),
            CliPool.REJECT_UNLESS_DID_OR_CALLER_ID: (_both, _Otherwise.REJECT),
        }
    )
)

_WITHOUT_NUMBERS = MappingProxyType(
    {
        _Otherwise.PICK_ONE: CallReason.POOL_EMPTY,
        _Otherwise.REJECT: CallReason.CALLERID_NOT_FOUND,
    }
)


def ask_pool(pool: Pool, cli: str | None, account_id: UUID, call_id: str) -> PoolAnswer:
    """Decide what a call with this CLI presents; numbers are compared by their digits.

    The random pick depends on account and call alone, so a call tried again presents the same.
    """
    if pool.option not in _OPTIONS:
        return PoolAnswer(CallReason.OK, cli)
    own_numbers, otherwise = _OPTIONS[pool.option]
    own = own_numbers(pool)
    if _matches(cli, own):
        return PoolAnswer(CallReason.OK, cli)
    if otherwise is _Otherwise.PICK_ONE:
        return _picked(own, account_id, call_id)
    if otherwise is _Otherwise.SECOND_RATE_GROUP:
        return PoolAnswer(CallReason.OK, cli, non_cli_rate_group=True)
    return PoolAnswer(CallReason.CALLERID_NOT_FOUND, None)


def refuses_all(pool: Pool) -> CallReason | None:
    """Why the pool lets no call through, whatever its CLI: it needs own numbers, and has none."""
    if pool.option not in _OPTIONS or _OPTIONS[pool.option][0](pool):
        return None
    return _WITHOUT_NUMBERS.get(_OPTIONS[pool.option][1])


def _matches(cli: str | None, own: tuple[str, ...]) -> bool:
    digits = comparable(cli)
    return digits is not None and any(comparable(number) == digits for number in own)


def _picked(own: tuple[str, ...], account_id: UUID, call_id: str) -> PoolAnswer:
    if not own:
        return PoolAnswer(CallReason.POOL_EMPTY, None)
    drawn = int.from_bytes(sha256(f"{account_id}/{call_id}".encode()).digest()[:8])
    return PoolAnswer(CallReason.OK, sorted(own)[drawn % len(own)])
