"""Every mail the house sends: what it may speak of, and whether it lets somebody in.

The words themselves are files beside this one, or an issuer's own (`template`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

# What every template may name beside its own facts.
COMMON = ("recipient.name", "recipient.number", "issuer.name", "issuer.website")


@dataclass(frozen=True, slots=True)
class MailKind:
    """One kind of mail.

    facts: what its events bring. is_security: sent whatever the recipient wishes, to its own
    address only. link_lifetime: of the link to set a password, when the mail carries one.
    """

    facts: tuple[str, ...] = ()
    is_security: bool = False
    link_lifetime: timedelta | None = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Everything a template of this kind may name."""
        link = ("link", "link_lifetime") if self.link_lifetime else ()
        return (*COMMON, *self.facts, *link)


_DEVICE = ("device.username", "device.realm")
_RENEWAL = ("renewal.name", "renewal.amount", "renewal.renews_on")

CATALOGUE = MappingProxyType(
    {
        # Somebody who was just made a customer may read the mail days later.
        "welcome": MailKind(facts=_DEVICE, link_lifetime=timedelta(days=7)),
        "set_password": MailKind(is_security=True, link_lifetime=timedelta(minutes=30)),
        "password_changed": MailKind(is_security=True),
        "account_refilled": MailKind(
            facts=("refill.amount", "refill.note", "refill.has_receipt", "account.balance")
        ),
        "account_charged": MailKind(
            facts=("charge.amount", "charge.description", "charge.has_receipt", "account.balance")
        ),
        "low_balance": MailKind(facts=("account.available", "account.threshold")),
        "new_invoice": MailKind(
            facts=(
                *("invoice.title", "invoice.number", "invoice.period", "invoice.total"),
                *("invoice.outstanding", "invoice.due_on"),
            )
        ),
        "receipt": MailKind(
            facts=(
                *("payment.amount", "payment.purpose", "payment.outstanding"),
                "payment.is_attached",
            )
        ),
        "invoice_overdue": MailKind(
            facts=(
                *("invoice.number", "invoice.total", "invoice.outstanding", "invoice.due_on"),
                "invoice.is_suspended",
            )
        ),
        "product_purchased": MailKind(
            facts=(
                *("product.name", "product.quantity", "product.amount", "product.renews_on"),
                "product.has_receipt",
            )
        ),
        "product_renewed": MailKind(facts=(*_RENEWAL, "renewal.has_receipt")),
        "product_renewal_notice": MailKind(facts=(*_RENEWAL, "renewal.is_overdue")),
        "product_released": MailKind(facts=("renewal.name", "renewal.reason")),
        "did_assigned": MailKind(
            facts=(
                *("did.number", "did.amount", "did.monthly_fee", "did.renews_on"),
                "did.has_receipt",
            )
        ),
        "did_released": MailKind(facts=("did.number", "did.reason")),
        "account_expired": MailKind(facts=("account.expired_on",)),
        "sip_device_created": MailKind(facts=_DEVICE),
        "job_finished": MailKind(
            facts=(
                *("job.name", "job.outcome", "job.done", "job.succeeded", "job.failed"),
                "job.failure",
            )
        ),
        "sign_in_alert": MailKind(
            facts=("alert.subject", "alert.is_source", "alert.failures", "alert.others")
        ),
        "switch_alert": MailKind(facts=("hanging.revoking", "hanging.lagging", "hanging.switches")),
    }
)
