"""Questions about the schema alone, answered once and kept: an answer takes a tenth of a second.

Whether a stranger may ask them is decided before.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import orjson
from graphql import ExecutionResult, GraphQLSchema, execute_sync

from gateway.graphql.documents import Operation

KEPT_ANSWERS: Final = 32  # each up to a megabyte; tools ask the same few questions
KEPT_VARIABLES_BYTES: Final = 1_000


class Introspection:
    """Answers operations whose fields are all about the schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[tuple[str, str | None, bytes], bytes] = OrderedDict()

    async def answer(self, operation: Operation, given: Mapping[str, Any]) -> bytes:
        """The JSON of `data`; raises GraphQLError for what only execution finds wanting."""
        key = (operation.digest, operation.name, orjson.dumps(given, option=orjson.OPT_SORT_KEYS))
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        answer = await asyncio.to_thread(self._executed, operation, given)
        if len(key[2]) <= KEPT_VARIABLES_BYTES:
            self._kept[key] = answer
        while len(self._kept) > KEPT_ANSWERS:
            self._kept.popitem(last=False)
        return answer

    def _executed(self, operation: Operation, given: Mapping[str, Any]) -> bytes:
        result: ExecutionResult = execute_sync(
            self._schema,
            operation.document,
            variable_values=dict(given),
            operation_name=operation.name,
        )
        if result.errors:
            raise result.errors[0]
        return orjson.dumps(result.data)
