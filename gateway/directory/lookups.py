"""`POST /fs/directory`: how a look-up of FreeSWITCH finds its answer.

Memory first, then one row, then what was known last; every refusal is the same document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar, cast
from uuid import UUID

from starlette.requests import Request

from gateway.directory import answers, form
from gateway.directory.away import Away
from gateway.directory.database import Connection, Database
from gateway.directory.door import Outcome, body_of
from gateway.directory.form import Asked, Malformed, Question
from gateway.directory.memory import Entry, Key, Login, Memory
from gateway.directory.refusals import Refusals
from models.rules.networks import is_within
from models.rules.refusal import Refusal, RefusalReason, disproves
from models.switch import directory
from models.switch.directory import IP_LOGIN, DeviceEntry
from models.switch.node import NodeLogin

Known = TypeVar("Known", bound=Entry | None)

XML = "text/xml"
TOO_LARGE = Outcome(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", media_type=XML)
MALFORMED = Outcome(HTTPStatus.BAD_REQUEST, "malformed", media_type=XML)


class Lookups:
    """Answers look-ups; a switch may keep the answer of a sign-in for so long."""

    def __init__(
        self,
        database: Database,
        memory: Memory,
        refusals: Refusals,
        cacheable_milliseconds: int,
    ) -> None:
        self._database = database
        self._memory = memory
        self._refusals = refusals
        self._cacheable_milliseconds = cacheable_milliseconds

    async def answer(self, request: Request, _node: NodeLogin) -> Outcome:
        """Answer one posted form. Raises Away."""
        body = await body_of(request, form.LONGEST_BODY)
        if body is None:
            return TOO_LARGE
        try:
            asked = form.read(body)
        except Malformed:
            return MALFORMED
        document = await self._document(asked)
        word = "not_found" if document is answers.NOT_FOUND else "found"
        about = {"question": asked.question, "user": asked.user, "realm": asked.realm}
        return Outcome(HTTPStatus.OK, word, document, XML, about=about)

    async def _document(self, asked: Asked) -> str:
        match asked.question:
            case Question.NOTHING:
                self._refuse(asked, RefusalReason.OFF_OR_UNKNOWN)
                return answers.NOT_FOUND
            case Question.NETWORKS:
                listed = await self._read(
                    (asked.realm,), lambda each: directory.networks_of(each, asked.realm)
                )
                return answers.networks(asked.realm, listed)
            case Question.REACH if asked.user.startswith(IP_LOGIN):
                return await self._from_network(asked)
        device = await self._device((asked.realm, asked.user))
        if asked.question is Question.SIGN_IN:
            return self._signing_in(asked, device)
        if device is None:
            return answers.NOT_FOUND
        by_voicemail = asked.question is Question.MAILBOX
        return answers.mailbox(device) if by_voicemail else answers.reachable(device)

    def _signing_in(self, asked: Asked, device: DeviceEntry | None) -> str:
        """What the switch judges by; what it will refuse is counted, and asked for each time."""
        if device is None:
            self._refuse(asked, RefusalReason.OFF_OR_UNKNOWN)
            return answers.NOT_FOUND
        reason = _refused(device, asked.proof)
        if reason is None:
            return answers.signing_in(device, self._cacheable_milliseconds)
        self._refuse(asked, reason)
        return answers.signing_in(device, None)

    def _refuse(self, asked: Asked, reason: RefusalReason) -> None:
        if asked.proof:
            words = {**asked.proof, "user": asked.user, "domain": asked.realm}
            self._refusals.tell(Refusal.told(reason, words))

    async def _device(self, login: Login) -> DeviceEntry | None:
        fresh = self._memory.fresh(login)
        if fresh is not None:
            return cast("DeviceEntry", fresh)
        return await self._read(login, lambda each: directory.device_entry(each, *login))

    async def _read(self, key: Key, row: Callable[[Connection], Awaitable[Known]]) -> Known:
        """What `row` reads, or what was known last under the key. Raises Away."""
        words = self._memory.words
        try:
            entry = await self._database.read(row)
        except Away:
            known = self._memory.last_known(key)
            if known is None:
                raise
            return cast("Known", known)
        self._memory.keep(key, entry, words)
        return entry

    async def _from_network(self, asked: Asked) -> str:
        try:
            account_id = UUID(asked.user.removeprefix(IP_LOGIN))
        except ValueError:
            # Any device may have such a name: only the house's own is an account's.
            device = await self._device((asked.realm, asked.user))
            return answers.NOT_FOUND if device is None else answers.reachable(device)
        account = await self._read(
            (asked.realm, account_id),
            lambda each: directory.ip_account(each, asked.realm, account_id),
        )
        return answers.NOT_FOUND if account is None else answers.from_network(account, asked.realm)


def _refused(device: DeviceEntry, proof: Mapping[str, str]) -> RefusalReason | None:
    """Why the switch will refuse this sign-in, as far as its question tells."""
    source = proof.get("source", "")
    if source and device.allowed_networks and not is_within(source, device.allowed_networks):
        return RefusalReason.WRONG_NETWORK
    return RefusalReason.WRONG_SECRET if disproves(device.ha1, proof) else None
