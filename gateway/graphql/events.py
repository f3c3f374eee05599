"""The events of a subscription: at each wake-up the operation is answered anew, rights and all.

What wakes it is declared by the schema; how events travel is the transport's business.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final
from uuid import UUID

from graphql import FieldNode, OperationType, StringValueNode, VariableNode

from gateway import measures
from gateway.auth import Viewers
from gateway.graphql.faults import as_refusal
from gateway.graphql.pipeline import Answer, Pipeline, Ready
from gateway.graphql.refused import RequestRefused, bad_request
from gateway.graphql.selections import Reader
from gateway.subscriptions import Wakeups
from gateway.visits import Visit, unauthenticated
from schema.refusals import Code
from schema.scalars import type_and_id
from schema.wakeups import WokenBy, wake_of

RECHECK_SECONDS: Final = 30.0  # a quiet row is read again, and the token asked for, this often
PAUSE_SECONDS: Final = 1.0  # before a dependency that is away is asked again
_PASSING = frozenset({Code.SERVICE_UNAVAILABLE, Code.TIMEOUT})


class Events:
    """Follows rows on behalf of subscriptions."""

    def __init__(self, pipeline: Pipeline, viewers: Viewers, wakeups: Wakeups) -> None:
        self._pipeline = pipeline
        self._viewers = viewers
        self._wakeups = wakeups

    async def of(self, ready: Ready, visit: Visit, token: str | None) -> AsyncGenerator[bytes]:
        """Bodies of events, the present state first; ends when the token or the row does.

        A query or mutation that came the same way has one event.
        """
        if ready.operation.kind is not OperationType.SUBSCRIPTION:
            yield (await self._pipeline.answer(ready, visit)).body
            return
        with measures.SUBSCRIPTIONS.track_inprogress():
            try:
                async with aclosing(self._followed(ready, visit, token)) as bodies:
                    async for body in bodies:
                        yield body
            except RequestRefused as refusal:
                yield self._pipeline.refusal(refusal, visit)

    async def _followed(
        self, ready: Ready, visit: Visit, token: str | None
    ) -> AsyncGenerator[bytes]:
        said = b""
        wake, row_id = self._source(ready)
        with self._wakeups.following(wake.channel, str(row_id)) as wakeup:
            while True:
                await wakeup.next(RECHECK_SECONDS)
                # Asked before the row is read: what ends in between is read once more.
                over = await self._is_over(wake, row_id)
                answer = await self._look(ready, visit, token)
                if answer is None:
                    await asyncio.sleep(PAUSE_SECONDS)
                    wakeup.ring()
                    continue
                if answer.body != said:
                    yield answer.body
                if over or answer.failed:
                    return
                said = answer.body
                await asyncio.sleep(wake.pause_seconds)

    async def _look(self, ready: Ready, visit: Visit, token: str | None) -> Answer | None:
        """The present state; None when a dependency is away and nobody can tell."""
        try:
            again = await self._again(ready, visit, token)
        except RequestRefused:
            raise
        except Exception as fault:  # noqa: BLE001 - the tables are away, or it is logged as a fault
            as_refusal(fault, visit.request_id)
            return None
        answer = await self._pipeline.answer(ready, again)
        return None if answer.outcome in _PASSING else answer

    async def _again(self, ready: Ready, visit: Visit, token: str | None) -> Visit:
        """The visit as it is now. Raises RequestRefused when the token or a permission is gone."""
        viewer = None if token is None else await self._viewers.now(token)
        if viewer is None and visit.viewer is not None:
            raise unauthenticated("The token has ended.")
        visit = replace(visit, viewer=viewer)
        self._pipeline.recheck(ready, visit)
        return visit

    async def _is_over(self, wake: WokenBy, row_id: UUID) -> bool:
        if not wake.over:
            return False
        try:
            return bool(await self._pipeline.pool.fetchval(wake.over, row_id))
        except Exception as fault:  # noqa: BLE001 - nobody can tell just now
            as_refusal(fault, str(row_id))
            return False

    def _source(self, ready: Ready) -> tuple[WokenBy, UUID]:
        """What wakes this subscription, and for which row. Raises RequestRefused."""
        schema, operation = self._pipeline.schema, ready.operation
        root = schema.subscription_type
        if root is None:  # pragma: no cover (validation refuses it)
            raise bad_request("There are no subscriptions.")
        choices = {name: bool(ready.variables.get(name)) for name in operation.choosing}
        reader = Reader(schema, operation.fragments, choices)
        for node, *_ in reader.fields(root, (operation.node.selection_set,)).values():
            wake = wake_of(root.fields[node.name.value])
            found = type_and_id(_id_argument(node, ready))
            if wake is not None and found is not None:
                return wake, found[1]
        raise bad_request("There is nothing of this id to follow.")


def _id_argument(node: FieldNode, ready: Ready) -> str:
    for argument in node.arguments or ():
        if argument.name.value == "id":
            value = argument.value
            if isinstance(value, VariableNode):
                return str(ready.variables.get(value.name.value, ""))
            return value.value if isinstance(value, StringValueNode) else ""
    return ""
