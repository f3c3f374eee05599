"""What a customer's record says of one call, and of calls in general.

The rules stand in the models; the switch asks the same over HTTP.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import strawberry

from models.accounts.calling import AskedCall, decide_call
from models.rules.call_decision import CallFacts, blockers
from models.rules.cli_pool import Pool
from models.rules.enums import CallReason, CallVerdict, CliPool
from schema.accounts.rate_group import RateGroup
from schema.context import Info
from schema.enumerations import enumeration
from schema.filters import NOBODY
from schema.inputs import row_id, said
from schema.permissions import requires
from schema.reads import loaded

enumeration(
    CallVerdict,
    description="Whether a call may go on.",
    values={"ALLOW": "It may.", "REJECT": "It may not."},
)
enumeration(
    CallReason,
    description="Why a call may not go on; the first that holds.",
    values={
        "OK": "It may.",
        "ACCOUNT_OFF": "The account, or a reseller above it, is off or suspended for debt.",
        "EXPIRED": "The account has expired.",
        "NO_FUNDS": "The account, or a reseller above it, can not pay.",
        "DESTINATION_BLOCKED": "The number begins with a blocked code.",
        "LOCAL_NOT_ALLOWED": "The number is of this house, and the account may not call it.",
        "POOL_EMPTY": "A number of its own is to be presented, and it has none.",
        "CALLERID_NOT_FOUND": "The CLI is none of its own, and only those are let through.",
    },
)


@strawberry.type(description="What a customer's record says of one call.")
class CallDecision:
    """Requirement heading: CLI Pool."""

    rate_group_id: strawberry.Private[UUID | None] = None
    verdict: CallVerdict = strawberry.field(description="Whether the call may go on.")
    reason: CallReason = strawberry.field(description="Why not; OK when it may.")
    presented_cli: str | None = strawberry.field(description="The CLI to present.")
    dial_number: str | None = strawberry.field(description="The number to dial, rewritten.")
    rate_group: RateGroup | None = loaded(description="What the call is rated by.")


# What `mayCall` and `callBlockers` need of a customer's row, as `CallFacts` has it.
FACTS = {
    "switched_on": """({t}.status = 'ACTIVE' AND {t}.suspended_for_debt_at IS NULL
                       AND owner_lets_call({t}.reseller_id))""",
    "expired": "coalesce({t}.expires_at <= now(), false)",
    "funded": "chain_is_funded({t}.id)",
    "cli_pool": "{t}.cli_pool",
    "forced": """EXISTS (SELECT FROM force_caller_ids f
                          WHERE f.account_id = {t}.id AND f.status = 'ACTIVE')""",
    "has_dids": """EXISTS (SELECT FROM dids d
                            WHERE d.account_id = {t}.id AND d.status = 'ACTIVE')""",
    "has_caller_ids": """EXISTS (SELECT FROM caller_ids c
                                  WHERE c.account_id = {t}.id AND c.status = 'ACTIVE')""",
}


def call_blockers(row: Mapping[str, Any], _info: Info) -> list[CallReason]:
    """Everything that refuses every call of the account."""
    said_of = {name: row[sql] for name, sql in FACTS.items()}
    some = ("0",)  # which numbers they are makes no difference here
    facts = CallFacts(
        account_id=NOBODY,
        switched_on=said_of["switched_on"],
        expired=said_of["expired"],
        funded=said_of["funded"],
        rate_group_id=None,
        pool=Pool(
            CliPool(said_of["cli_pool"]),
            some if said_of["has_dids"] else (),
            some if said_of["has_caller_ids"] else (),
        ),
        force_caller_id="0" if said_of["forced"] else None,
    )
    return list(blockers(facts))


def may_call(row: Mapping[str, Any], info: Info) -> bool:
    """Whether nothing refuses every call."""
    return not call_blockers(row, info)


async def _call_decision(
    info: Info,
    customer_id: Annotated[strawberry.ID, strawberry.argument(description="Who calls.")],
    call_id: Annotated[
        str, strawberry.argument(description="The call's name; a repeat presents the same CLI.")
    ],
    cli: Annotated[
        str | None, strawberry.argument(description="The CLI the call came with.")
    ] = strawberry.UNSET,
    called_number: Annotated[
        str | None,
        strawberry.argument(description="The number dialled; absent: only state and pool."),
    ] = strawberry.UNSET,
) -> CallDecision | None:
    """Decide a call."""
    asked = AskedCall(call_id=call_id, cli=said(cli), called_number=said(called_number))
    customer = row_id("Customer", customer_id) or NOBODY
    async with info.context.pool.acquire() as connection:
        decision = await decide_call(connection, customer, asked, info.context.signed_in)
    if decision is None:
        return None
    return CallDecision(
        rate_group_id=decision.rate_group_id,
        verdict=decision.verdict,
        reason=decision.reason,
        presented_cli=decision.presented_cli,
        dial_number=decision.dial_number,
    )


@strawberry.type
class CallDecisionQueries:
    """For accounts the viewer sees."""

    call_decision: CallDecision | None = strawberry.field(
        resolver=_call_decision,
        metadata=requires("customers:read"),
        description="What a customer's record says of a call; null when it is not seen.",
    )
