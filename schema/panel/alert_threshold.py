"""Alert thresholds: below which balance an account is told that its funds run low."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.panel.alert_threshold import AlertThreshold as AlertThresholdRow
from models.rules.panel import AlertThresholdDraft
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import required, row_id
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import Money, column, embedded, loaded, part

if TYPE_CHECKING:
    from schema.accounts.customer import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("schema.accounts.customer")]

_ENABLED = """
coalesce((SELECT h.enabled FROM alert_thresholds h WHERE h.account_id = {t}.id), true)
"""
_BALANCE_BELOW = """
coalesce((SELECT h.balance_below FROM alert_thresholds h WHERE h.account_id = {t}.id),
         (SELECT s.low_balance_default FROM settings s))
"""


@part(description="When an account is told that its funds run low.")
class AlertThreshold:
    """Columns of the account it is embedded in; the house's default where nothing was set."""

    enabled: bool = column(_ENABLED, description="Whether it is told at all.")
    balance_below: Money = embedded(
        amount=_BALANCE_BELOW,
        currency_code="currency_code",
        description="Below which available balance.",
    )


@strawberry.input(description="When an account is to be told that its funds run low.")
class AlertThresholdSetInput:
    """Requirement heading: Alert Threshold."""

    customer_id: strawberry.ID = required("Whose funds.")
    enabled: bool = required("Whether it is told at all.")
    balance_below: Decimal = required("Below which available balance; in its currency.")


@strawberry.type(description="What alertThresholdSet answers.")
class AlertThresholdSetPayload(Payload):
    """The account with its threshold."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: LazyCustomer | None = loaded(description="The account.")


@strawberry.type
class AlertThresholdMutations:
    """For accounts one sees."""

    @mutation(permission="panel:write", description="Sets when an account is told of low funds.")
    async def alert_threshold_set(
        self,
        info: Info,
        input: AlertThresholdSetInput,
    ) -> AlertThresholdSetPayload | None:
        """Assign a threshold."""
        customer = row_id("Customer", input.customer_id) or NOBODY
        draft = AlertThresholdDraft(input.enabled, input.balance_below)
        await AlertThresholdRow.assign(info.context.signed_in, customer, draft)
        return AlertThresholdSetPayload(customer_id=customer)
