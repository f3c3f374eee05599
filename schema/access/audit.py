"""The audit trail: who changed which field of what, and when."""

from datetime import datetime

import strawberry

from schema.filters import DateTimeFilter, IdFilter, StringFilter, filter_on, where
from schema.paging import Connection
from schema.reads import (
    Node,
    Order,
    Source,
    Visible,
    column,
    json_items,
    node,
    part,
    root_list,
    to_one,
)

AUDIT = Source(
    table="audit_events",
    visible=Visible(
        reseller="""EXISTS (SELECT FROM accounts a WHERE a.id = {t}.account_id
            AND (a.id = ANY({reseller_ids}) OR a.reseller_id = ANY({reseller_ids})))""",
        customer="{t}.account_id = {viewer}",
    ),
    permission="audit:read",
)
"""A reseller reads what happened in its subtree, a customer what happened to itself."""

NEWEST_EVENT = Order("at", "timestamptz", descending=True)


@part(description="One field before and after.")
class FieldChange:
    """Secrets appear as the word "changed"."""

    field: str = column(description="The field by its name in the API.")
    old: str | None = column(description="Its value before; null: none.")
    new: str | None = column(description="Its value after; null: none.")


@node(AUDIT, description="One change that a person or program made.")
class AuditEvent(Node):
    """Append only."""

    at: datetime = column(description="When.")
    actor: str = column(description="Who, by name; `system` when nobody asked.")
    action: str = column(description="The mutation, such as customerUpdate.")
    subject: Node | None = to_one(
        "subject_id",
        kind="subject_type",
        description="What was changed; null when it is gone or not the viewer's to see.",
    )
    subject_label: str = column(description="The name or number of what was changed.")
    changes: list[FieldChange] = json_items(description="Which fields; secrets: changed.")
    request_id: str | None = column(description="The request that did it, as in `X-Request-Id`.")


@where(description="Which events. Absent and null keys say nothing; all given ones hold.")
class AuditWhere:
    """By subject, actor, action and time."""

    subject_id: IdFilter | None = filter_on("subject_id", description="What was changed.")
    actor: StringFilter | None = filter_on("actor", description="Who, by name.")
    action: StringFilter | None = filter_on("action", description="The mutation.")
    at: DateTimeFilter | None = filter_on("at", description="When.")


@strawberry.type
class AuditQueries:
    """For whoever may read the trail."""

    audit_events: Connection[AuditEvent] = root_list(
        order=NEWEST_EVENT,
        where=AuditWhere,
        permission="audit:read",
        description="What was changed within the viewer's reach, newest first.",
    )
