"""The events of a subscription: at each wake-up the operation is answered anew, rights and all.

What wakes it is declared by the schema; how events travel is the transport's business.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from graphql import FieldNode, OperationType, StringValueNode, VariableNode

from gateway import measures
from gateway.auth import Viewers
from gateway.graphql.pipeline import Pipeline, Ready
from gateway.graphql.refused import RequestRefused, bad_request
from gateway.graphql.selections import Reader
from gateway.subscriptions import Wakeups
from gateway.visits import Visit, unauthenticated
from schema.scalars import type_and_id
from schema.wakeups import channel_of

RECHECK_SECONDS: Final = 30.0  # a follower of a quiet row is asked for its token this often


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
        with self._wakeups.following(*self._source(ready)) as wakeup:
            while True:
                changed = await wakeup.next(RECHECK_SECONDS)
                visit = await self._again(ready, visit, token)
                if not changed:
                    continue
                answer = await self._pipeline.answer(ready, visit)
                if answer.body != said:
                    yield answer.body
                if answer.failed:
                    return
                said = answer.body

    async def _again(self, ready: Ready, visit: Visit, token: str | None) -> Visit:
        """The visit as it is now. Raises RequestRefused when the token or a permission is gone."""
        viewer = None if token is None else await self._viewers.now(token)
        if viewer is None and visit.viewer is not None:
            raise unauthenticated("The token has ended.")
        visit = replace(visit, viewer=viewer)
        self._pipeline.recheck(ready, visit)
        return visit

    def _source(self, ready: Ready) -> tuple[str, str]:
        """The channel and key that wake this subscription. Raises RequestRefused."""
        schema, operation = self._pipeline.schema, ready.operation
        root = schema.subscription_type
        if root is None:  # pragma: no cover (validation refuses it)
            raise bad_request("There are no subscriptions.")
        choices = {name: bool(ready.variables.get(name)) for name in operation.choosing}
        reader = Reader(schema, operation.fragments, choices)
        for node, *_ in reader.fields(root, (operation.node.selection_set,)).values():
            channel = channel_of(root.fields[node.name.value])
            found = type_and_id(_id_argument(node, ready))
            if channel is not None and found is not None:
                return channel, str(found[1])
        raise bad_request("There is nothing of this id to follow.")


def _id_argument(node: FieldNode, ready: Ready) -> str:
    for argument in node.arguments or ():
        if argument.name.value == "id":
            value = argument.value
            if isinstance(value, VariableNode):
                return str(ready.variables.get(value.name.value, ""))
            return value.value if isinstance(value, StringValueNode) else ""
    return ""
