"""Deleting customers and resellers: what would go, the jobs, and erasing who is gone."""

from typing import Annotated
from uuid import UUID

import strawberry

from models.accounts.changing import Asked
from models.accounts.deletion_preview import preview_deletion
from models.accounts.erasing import erase_customer, erase_reseller
from models.jobs.deletion_plan import start_deletion, start_reseller_deletion
from models.rules.enums import BalancePolicy
from models.rules.errors import DomainError
from schema.accounts.customer import Customer
from schema.accounts.customer_list import CustomerWhere
from schema.accounts.reseller import Reseller
from schema.context import Info
from schema.enumerations import enumeration
from schema.filters import NOBODY
from schema.inputs import idempotency_key, optional, required, row_id, said
from schema.jobs.chosen import wish
from schema.jobs.job import Job
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import requires
from schema.reads import Money, loaded
from schema.refusals import Code, Refusal
from schema.scalars import CurrencyCode
from schema.tally import Tally, tallies

enumeration(
    BalancePolicy,
    description="What deletion does with the balance that is left.",
    values={
        "KEEP": "It stays as it is; open invoices stay open.",
        "WRITE_OFF": "What is owed is given up and settles open invoices; funds stay.",
        "RETURN": "Funds go back to the owner; what is owed stays owed.",
    },
)


@strawberry.type(description="What a deletion would take away and what it would leave.")
class DeletionPreview:
    """Kinds that there are none of are left out."""

    accounts: int = strawberry.field(description="Accounts that would be deleted.")
    belongings: list[Tally] = strawberry.field(description="What would go with them.")
    records: list[Tally] = strawberry.field(description="What stays.")
    balances: list[Money] = strawberry.field(description="Their balances, summed by currency.")
    open_invoices: int = strawberry.field(description="Invoices that are not paid; they stay open.")


@strawberry.input(description="Which customers to delete: these ids, or all that a filter matches.")
class CustomersDeleteInput:
    """Requirement heading: Delete."""

    idempotency_key: str | None = idempotency_key()
    ids: list[strawberry.ID] | None = optional("These customers, at most 1,000.")
    where: CustomerWhere | None = optional(
        "Every customer this matches; it must leave somebody out, and needs expectedCount."
    )
    expected_count: int | None = optional(
        "How many the caller saw; nothing is done when there are others."
    )
    balance_policy: BalancePolicy | None = optional(
        "What becomes of their balances.", default=BalancePolicy.KEEP
    )


@strawberry.input(description="Resellers to delete, with everybody below them.")
class ResellersDeleteInput:
    """Requirement heading: Delete."""

    idempotency_key: str | None = idempotency_key()
    ids: list[strawberry.ID] = required("These resellers, at most 1,000.")
    expected_count: int = required(
        "How many accounts go in all: the resellers, and every customer and reseller below them."
    )
    balance_policy: BalancePolicy | None = optional(
        "What becomes of their balances.", default=BalancePolicy.KEEP
    )


@strawberry.input(description="A deleted customer of whom nothing personal is to be left.")
class CustomerEraseInput:
    """Repeats without harm; it can not be taken back."""

    id: strawberry.ID = required("The customer; it must be deleted.")
    reason: str = required("Why; at most 500 characters. It stands in the trail.")


@strawberry.input(description="A deleted reseller of whom nothing personal is to be left.")
class ResellerEraseInput:
    """Repeats without harm; it can not be taken back."""

    id: strawberry.ID = required("The reseller; it must be deleted.")
    reason: str = required("Why; at most 500 characters. It stands in the trail.")


@strawberry.type
class _DeletionPayload(Payload):
    job_id: strawberry.Private[UUID | None] = None
    job: Job | None = loaded(description="The job; follow it with jobProgress.")


@strawberry.type(description="What customersDelete answers.")
class CustomersDeletePayload(_DeletionPayload):
    """The queued job; it has a row for each account."""


@strawberry.type(description="What resellersDelete answers.")
class ResellersDeletePayload(_DeletionPayload):
    """The queued job; its rows go from the deepest accounts to the resellers named."""


@strawberry.type(description="What customerErase answers.")
class CustomerErasePayload(Payload):
    """The customer, with nothing personal left."""

    customer_id: strawberry.Private[UUID | None] = None
    customer: Customer | None = loaded(description="The customer.")


@strawberry.type(description="What resellerErase answers.")
class ResellerErasePayload(Payload):
    """The reseller, with nothing personal left."""

    reseller_id: strawberry.Private[UUID | None] = None
    reseller: Reseller | None = loaded(description="The reseller.")


async def _customer_deletion_preview(
    info: Info,
    ids: Annotated[
        list[strawberry.ID] | None, strawberry.argument(description="These customers.")
    ] = strawberry.UNSET,
    where: Annotated[
        CustomerWhere | None, strawberry.argument(description="Or all that this matches.")
    ] = strawberry.UNSET,
) -> DeletionPreview | None:
    """Count what would go and what would stay."""
    viewer = info.context.signed_in
    named = wish(viewer, ids, where, expected_count=0)
    if problems := named.problems():
        raise Refusal(Code.BAD_USER_INPUT, problems[0].message)
    try:
        selection = named.selection(viewer)
    except DomainError as refusal:
        raise Refusal(Code.BAD_USER_INPUT, refusal.message) from refusal
    async with info.context.pool.acquire() as connection:
        found = await preview_deletion(connection, selection)
    return DeletionPreview(
        accounts=found.accounts,
        belongings=tallies(found.belongings),
        records=tallies(found.records),
        balances=[
            Money(amount=amount, currency_code=CurrencyCode(code))
            for code, amount in found.balances
        ],
        open_invoices=found.open_invoices,
    )


@strawberry.type
class DeletionQueries:
    """Requirement heading: Delete."""

    customer_deletion_preview: DeletionPreview | None = strawberry.field(
        resolver=_customer_deletion_preview,
        metadata=requires("customers:delete"),
        description="What customersDelete would take away and leave, of the customers one sees.",
    )


@strawberry.type
class DeletionMutations:
    """Requirement heading: Delete."""

    @mutation(
        permission="customers:delete",
        description="Starts a job that deletes customers and providers; all are off first.",
    )
    async def customers_delete(
        self,
        info: Info,
        input: CustomersDeleteInput,
    ) -> CustomersDeletePayload | None:
        """Start a deletion."""
        viewer = info.context.signed_in
        named = wish(viewer, input.ids, input.where, input.expected_count)
        policy = said(input.balance_policy) or BalancePolicy.KEEP
        return CustomersDeletePayload(job_id=(await start_deletion(viewer, named, policy)).id)

    @mutation(
        permission="resellers:write",
        description="Starts a job that deletes resellers with everybody below them.",
    )
    async def resellers_delete(
        self,
        info: Info,
        input: ResellersDeleteInput,
    ) -> ResellersDeletePayload | None:
        """Start a deletion of whole subtrees."""
        ids = [row_id("Reseller", each) or NOBODY for each in input.ids]
        policy = said(input.balance_policy) or BalancePolicy.KEEP
        viewer = info.context.signed_in
        job = await start_reseller_deletion(viewer, ids, input.expected_count, policy)
        return ResellersDeletePayload(job_id=job.id)

    @mutation(
        permission="customers:delete",
        description="Blanks what is personal of a deleted customer, for good.",
    )
    async def customer_erase(
        self,
        info: Info,
        input: CustomerEraseInput,
    ) -> CustomerErasePayload | None:
        """Erase a person."""
        asked = Asked(info.context.signed_in, row_id("Customer", input.id) or NOBODY)
        await erase_customer(asked, input.reason)
        return CustomerErasePayload(customer_id=asked.account_id)

    @mutation(
        permission="resellers:write",
        description="Blanks what is personal of a deleted reseller, for good.",
    )
    async def reseller_erase(
        self,
        info: Info,
        input: ResellerEraseInput,
    ) -> ResellerErasePayload | None:
        """Erase a person."""
        asked = Asked(info.context.signed_in, row_id("Reseller", input.id) or NOBODY)
        await erase_reseller(asked, input.reason)
        return ResellerErasePayload(reseller_id=asked.account_id)
