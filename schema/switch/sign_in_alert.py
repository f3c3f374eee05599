"""Alerts of guessing: what the switches refuse again and again, and how an alert is ended.

Nobody is ever locked out by one; that would let strangers shut an owner out.
"""

from datetime import datetime
from uuid import UUID

import strawberry

from models.rules.refusal import RefusalReason, RefusedKind
from models.switch.refusal import SignInRefusals
from schema.context import Info
from schema.enumerations import enumeration
from schema.filters import NOBODY, DateTimeFilter, Filter, StringFilter, filter_on
from schema.inputs import required, row_id
from schema.mutations import mutation
from schema.paging import Connection
from schema.payloads import Payload
from schema.reads import STAFF_ONLY, Node, Order, Source, column, loaded, node, part, root_list

enumeration(
    RefusalReason,
    description="Why a switch refused a sign-in.",
    values={
        "OFF_OR_UNKNOWN": "Nobody may sign in under this name now.",
        "WRONG_SECRET": "The secret is not the device's.",
        "WRONG_NETWORK": "The device may not sign in from there.",
    },
)
enumeration(
    RefusedKind,
    name="SignInAlertKind",
    description="What refused sign-ins are counted by.",
    values={
        "SOURCE": "The address they came from; of IPv6, its /64.",
        "USER": "The user name and domain they were for.",
    },
)

ALERTS = Source(
    table="sign_in_refusals",
    only="{t}.alerted_at IS NOT NULL",
    listed="{t}.released_at IS NULL",
    visible=STAFF_ONLY,
    permission="switches:write",
)

LAST_ALERT = Order("alerted_at", "timestamptz", descending=True)


@node(ALERTS, description="A source or user name that the switches refuse again and again.")
class SignInAlert(Node):
    """Forgotten a day after the last refusal."""

    kind: RefusedKind = column(description="What the refusals were counted by.")
    subject: str = column(description="The address or network, or user@domain.")
    failures: int = column(description="Refusals within the last counted five minutes.")
    alerted_at: datetime = column(description="Since when staff were told.")
    released_at: datetime | None = column(description="When the alert was ended; null: it is open.")
    last_at: datetime = column(description="When a sign-in was last refused.")
    last_reason: RefusalReason = column(description="Why.")
    last_source: str | None = column("nullif({t}.last_source, '')", description="From where.")
    last_user: str | None = column("nullif({t}.last_user, '')", description="As whom.")


@part(description="The last sign-in that a switch refused under a device's login.")
class RefusedSignIn:
    """As far as the switch tells."""

    at: datetime = column("refused.at", description="When, to within some seconds.")
    reason: RefusalReason = column("refused.reason", description="Why.")
    source: str | None = column(
        "refused.source", description="The address it came from; of IPv6, its /64."
    )
    user_agent: str | None = column(
        "refused.user_agent", description="What the phone calls itself."
    )


@strawberry.input(description="Which alerts.")
class SignInAlertWhere:
    """Released ones show only where they are asked for."""

    kind: Filter[RefusedKind] | None = filter_on("kind", description="What was counted.")
    subject: StringFilter | None = filter_on("subject", description="The address or name.")
    released_at: DateTimeFilter | None = filter_on(
        "released_at", lifts_listed=True, description="When it was ended."
    )


@strawberry.input(description="An alert to end.")
class SignInAlertReleaseInput:
    """Counting begins anew."""

    id: strawberry.ID = required("The alert.")


@strawberry.type(description="What signInAlertRelease answers.")
class SignInAlertReleasePayload(Payload):
    """The alert as it is now."""

    sign_in_alert_id: strawberry.Private[UUID | None] = None
    sign_in_alert: SignInAlert | None = loaded(description="The alert.")


@strawberry.type
class SignInAlertQueries:
    """For the administration only."""

    sign_in_alerts: Connection[SignInAlert] = root_list(
        order=LAST_ALERT,
        where=SignInAlertWhere,
        permission="switches:write",
        description="What the switches refuse again and again, the newest alert first.",
    )


@strawberry.type
class SignInAlertMutations:
    """For the administration only."""

    @mutation(
        permission="switches:write",
        description="Ends an alert; refusals are counted anew from now on.",
    )
    async def sign_in_alert_release(
        self,
        info: Info,
        input: SignInAlertReleaseInput,
    ) -> SignInAlertReleasePayload | None:
        """Release an alert."""
        alert_id = row_id("SignInAlert", input.id) or NOBODY
        await SignInRefusals.release(info.context.signed_in, alert_id)
        return SignInAlertReleasePayload(sign_in_alert_id=alert_id)
