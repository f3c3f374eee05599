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


CATALOGUE = MappingProxyType(
    {
        # Somebody who was just made a customer may read the mail days later.
        "welcome": MailKind(facts=("device",), link_lifetime=timedelta(days=7)),
        "set_password": MailKind(is_security=True, link_lifetime=timedelta(minutes=30)),
        "password_changed": MailKind(is_security=True),
        "sip_device_created": MailKind(facts=("device",)),
        "job_finished": MailKind(facts=("job",)),
    }
)
