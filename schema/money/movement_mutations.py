"""Moving money by hand: refills and charges."""

from decimal import Decimal
from uuid import UUID

import strawberry

from models.money.by_hand import AskedMovement, Gateway, charge_account, refill_account
from models.rules.enums import RefillMethod
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import any_row_id, optional, required, said
from schema.money.invoice import Invoice
from schema.money.movements import Charge, Refill
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded
from schema.scalars import CurrencyCode


@strawberry.input(description="Money that comes into an account.")
class AccountRefillInput:
    """Requirement heading: Refill Report. Funded by the account's owner."""

    idempotency_key: str = required("The same key again is the same refill.")
    account_id: strawberry.ID = required("A customer, provider or reseller.")
    amount: Decimal = required("Above zero, in the account's currency.")
    currency_code: CurrencyCode = required("The account's currency, to be sure.")
    note: str | None = optional("At most 255 characters.")
    method: RefillMethod | None = optional("How it came in.", default=RefillMethod.MANUAL)
    external_id: str | None = optional("The payment's name at the gateway; booked once.")


@strawberry.input(description="A charge made by hand.")
class AccountChargeInput:
    """Prepaid: at once, with a receipt. Postpaid: on the next invoice."""

    idempotency_key: str = required("The same key again is the same charge.")
    account_id: strawberry.ID = required("A customer, provider or reseller.")
    amount: Decimal = required("Above zero, in the account's currency, before tax.")
    currency_code: CurrencyCode = required("The account's currency, to be sure.")
    description: str = required("What for; at most 255 characters.")
    force: bool | None = optional("Below the limit too; staff only.", default=False)


@strawberry.type(description="What accountRefill answers.")
class AccountRefillPayload(Payload):
    """The refill and its receipt."""

    refill_id: strawberry.Private[UUID | None] = None
    receipt_id: strawberry.Private[UUID | None] = None
    refill: Refill | None = loaded(description="The refill.")
    receipt: Invoice | None = loaded(description="Its receipt; prepaid accounts only.")


@strawberry.type(description="What accountCharge answers.")
class AccountChargePayload(Payload):
    """The charge and its receipt."""

    charge_id: strawberry.Private[UUID | None] = None
    receipt_id: strawberry.Private[UUID | None] = None
    charge: Charge | None = loaded(description="Its line in the charge history.")
    receipt: Invoice | None = loaded(description="Its receipt; prepaid accounts only.")


@strawberry.type
class MovementMutations:
    """For staff and the account's direct owner."""

    @mutation(permission="money:refill", description="Takes money in for an account.")
    async def account_refill(
        self,
        info: Info,
        input: AccountRefillInput,
    ) -> AccountRefillPayload | None:
        """Refill an account."""
        gateway = Gateway(said(input.method) or RefillMethod.MANUAL, said(input.external_id))
        refilled = await refill_account(
            info.context.signed_in, _asked(input), said(input.note), gateway
        )
        return AccountRefillPayload(refill_id=refilled.id, receipt_id=refilled.receipt_id)

    @mutation(permission="money:charge", description="Charges an account by hand.")
    async def account_charge(
        self,
        info: Info,
        input: AccountChargeInput,
    ) -> AccountChargePayload | None:
        """Charge an account."""
        charged, line_id = await charge_account(
            info.context.signed_in,
            _asked(input),
            input.description,
            is_forced=bool(said(input.force)),
        )
        return AccountChargePayload(charge_id=line_id, receipt_id=charged.receipt_id)


def _asked(given: AccountRefillInput | AccountChargeInput) -> AskedMovement:
    return AskedMovement(
        account_id=any_row_id(("Customer", "Reseller"), given.account_id) or NOBODY,
        amount=given.amount,
        currency_code=given.currency_code,
        key=given.idempotency_key,
    )
