"""`GET /call-decision`: what a customer's record says of one call, asked by the switch that has it.

The decision is a rule of the models; pricing and routing stay with the switch.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request

from gateway.directory.database import Connection, Database
from gateway.directory.door import Outcome
from models.accounts.calling import AskedCall, decide_call
from models.rules.account_number import number_violation
from models.rules.call_decision import Decision
from models.switch.directory import rate_group_name
from models.switch.node import NodeLogin

LONGEST_VALUE = 128  # characters; a call id of FreeSWITCH has 36, a number 20


class CallDecisions:
    """Answers calls; the account is named by `account` (its number) or `account_id`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, request: Request, _node: NodeLogin) -> Outcome:
        """Decide one call. Raises Away."""
        asked = request.query_params
        if any(len(value) > LONGEST_VALUE or not value.isprintable() for value in asked.values()):
            return _refused("A value is longer than 128 characters or not printable.")
        account = _account(asked.get("account_id"), asked.get("account"))
        if account is None:
            return _refused("Name the account by account_id, or by account: its number.")
        if not asked.get("call_id"):
            return _refused("Name the call by call_id.")
        call = AskedCall(
            call_id=asked["call_id"],
            cli=asked.get("cli") or None,
            called_number=asked.get("called_number") or None,
        )
        return await self._decided(account, call)

    async def _decided(self, account: UUID | str, call: AskedCall) -> Outcome:
        async def decided(connection: Connection) -> tuple[Decision | None, str | None]:
            decision = await decide_call(connection, account, call)
            group = None if decision is None else decision.rate_group_id
            name = None if group is None else await rate_group_name(connection, group)
            return decision, name

        decision, rate_group = await self._database.read(decided)
        if decision is None:
            unknown = {"error": "There is no such account."}
            return Outcome.said(HTTPStatus.NOT_FOUND, "not_found", unknown, account=str(account))
        answer: dict[str, object] = {
            "verdict": decision.verdict,
            "reason": decision.reason,
            "presented_cli": decision.presented_cli,
            "dial_number": decision.dial_number,
            "rate_group": rate_group,
            "rate_group_id": str(decision.rate_group_id) if decision.rate_group_id else None,
        }
        word = decision.reason.lower()
        return Outcome.said(HTTPStatus.OK, word, answer, account=str(account))


def _account(account_id: str | None, number: str | None) -> UUID | str | None:
    if account_id:
        try:
            return UUID(account_id)
        except ValueError:
            return None
    return number if number and number_violation(number) is None else None


def _refused(words: str) -> Outcome:
    return Outcome.said(HTTPStatus.BAD_REQUEST, "malformed", {"error": words})
