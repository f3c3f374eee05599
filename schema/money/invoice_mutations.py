"""Settling documents by hand: payments, voiding, credit notes."""

from decimal import Decimal
from uuid import UUID

import strawberry

from models.money.by_hand import AskedSettlement, credit, record_payment, take_back
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import optional, required, row_id, said
from schema.money.invoice import Invoice
from schema.mutations import mutation
from schema.payloads import Payload
from schema.reads import loaded


@strawberry.input(description="Money received for an invoice.")
class InvoicePaymentRecordInput:
    """In the invoice's currency."""

    idempotency_key: str = required("The same key again is the same payment.")
    invoice_id: strawberry.ID = required("The invoice.")
    amount: Decimal = required("Above zero, at most what is outstanding.")
    note: str | None = optional("At most 255 characters.")


@strawberry.input(description="An unpaid invoice to take back.")
class InvoiceVoidInput:
    """Its charges are billed again; its number stays used."""

    id: strawberry.ID = required("The invoice.")
    reason: str = required("Why.")


@strawberry.input(description="What is to be given back of an invoice.")
class CreditNoteCreateInput:
    """Reduces what is outstanding; the rest becomes funds."""

    idempotency_key: str = required("The same key again is the same credit note.")
    invoice_id: strawberry.ID = required("The invoice.")
    amount: Decimal = required("Above zero, tax included, at most what is not yet credited.")
    reason: str = required("Why; printed on it.")


@strawberry.type
class _InvoicePayload(Payload):
    invoice_id: strawberry.Private[UUID | None] = None
    invoice: Invoice | None = loaded(description="The invoice.")


@strawberry.type(description="What invoicePaymentRecord answers.")
class InvoicePaymentRecordPayload(_InvoicePayload):
    """The invoice, settled further."""


@strawberry.type(description="What invoiceVoid answers.")
class InvoiceVoidPayload(_InvoicePayload):
    """The invoice, void."""


@strawberry.type(description="What creditNoteCreate answers.")
class CreditNoteCreatePayload(Payload):
    """The credit note."""

    credit_note_id: strawberry.Private[UUID | None] = None
    credit_note: Invoice | None = loaded(description="The credit note.")


@strawberry.type
class InvoiceMutations:
    """For staff and whoever issued the document."""

    @mutation(permission="money:refill", description="Books money received for an invoice.")
    async def invoice_payment_record(
        self,
        info: Info,
        input: InvoicePaymentRecordInput,
    ) -> InvoicePaymentRecordPayload | None:
        """Record a payment."""
        asked = _asked(input, said(input.note))
        await record_payment(info.context.signed_in, asked)
        return InvoicePaymentRecordPayload(invoice_id=asked.invoice_id)

    @mutation(permission="billing:void", description="Takes an unpaid invoice back.")
    async def invoice_void(
        self,
        info: Info,
        input: InvoiceVoidInput,
    ) -> InvoiceVoidPayload | None:
        """Void an invoice."""
        invoice_id = row_id("Invoice", input.id) or NOBODY
        await take_back(info.context.signed_in, invoice_id, input.reason)
        return InvoiceVoidPayload(invoice_id=invoice_id)

    @mutation(permission="billing:void", description="Gives a part of an invoice back.")
    async def credit_note_create(
        self,
        info: Info,
        input: CreditNoteCreateInput,
    ) -> CreditNoteCreatePayload | None:
        """Issue a credit note."""
        note_id = await credit(info.context.signed_in, _asked(input, input.reason))
        return CreditNoteCreatePayload(credit_note_id=note_id)


def _asked(
    given: InvoicePaymentRecordInput | CreditNoteCreateInput, words: str | None
) -> AskedSettlement:
    return AskedSettlement(
        invoice_id=row_id("Invoice", given.invoice_id) or NOBODY,
        amount=given.amount,
        words=words,
        key=given.idempotency_key,
    )
