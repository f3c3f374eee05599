"""What a Temporal namespace must know before work begins; done at every start, without harm.

Schedules are in `schedules`; here are the search attributes operators filter by.
"""

from __future__ import annotations

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client

from workflows.delivery import JOB_KIND, TENANT


async def register(client: Client) -> None:
    """Add the search attributes that are missing; raises RPCError when that is not allowed."""
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {key.name for key in (JOB_KIND, TENANT)} - set(listed.custom_attributes)
    if missing:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes=dict.fromkeys(sorted(missing), keyword),
            )
        )
