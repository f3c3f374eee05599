"""Mails that were written for an account, and what became of each."""

from datetime import datetime

import strawberry

from models.rules.enums import EmailStatus
from schema.accounts.sources import ACCOUNTS
from schema.filters import DateTimeFilter, Filter, IdFilter, StringFilter, filter_on
from schema.paging import Connection
from schema.reads import Between, Node, Order, Source, column, node, root_list, through
from schema.scalars import EmailAddress

EMAILS = Source(
    table="emails", visible=through("account_id", ACCOUNTS), permission="customers:read"
)


@node(EMAILS, description="One mail.")
class Email(Node):
    """Requirement heading: Emails."""

    template: str = column(description="Which mail it is.")
    to: EmailAddress = column("to_address", description="To whom; empty: to nobody.")
    subject: str = column(description="Its subject; empty until it is sent.")
    body: str = column(
        description="Its text as sent, without links that let somebody in; of a deleted account's"
        " mails only those with a document keep theirs."
    )
    has_attachment: bool = column(
        "({t}.invoice_id IS NOT NULL)", description="Whether a document is attached."
    )
    status: EmailStatus = column(description="What became of it.")
    attempts: int = column(description="How often it was tried to send it.")
    last_error: str | None = column(description="What the mail server said last.")
    created_at: datetime = column(description="When it was written.")
    sent_at: datetime | None = column(description="When the mail server took it.")


NEWEST_EMAIL = Order("created_at", "timestamptz", descending=True)
EMAILS_BETWEEN = Between("created_at", today_in="{p}.time_zone")


@strawberry.input(description="Which mails. All given keys hold.")
class EmailWhere:
    """Of accounts the viewer sees."""

    customer_id: IdFilter | None = filter_on("account_id", description="Whose mail.")
    template: StringFilter | None = filter_on("template", description="Which mail it is.")
    status: Filter[EmailStatus] | None = filter_on("status", description="What became of it.")
    created_at: DateTimeFilter | None = filter_on("created_at", description="When written.")


@strawberry.type
class EmailQueries:
    """Across accounts."""

    emails: Connection[Email] = root_list(
        order=NEWEST_EMAIL,
        where=EmailWhere,
        permission="customers:read",
        description="Mails of all accounts the viewer sees, newest first.",
    )
