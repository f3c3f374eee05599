"""What a preview fills templates with: one example of everything that a mail may name.

A test holds it against the catalogue; no mail is ever sent with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SAMPLES: Mapping[str, Any] = MappingProxyType(
    {
        "recipient": {"name": "Ada Example", "number": "1000000001"},
        "issuer": {"name": "Example Telecom", "website": "https://telecom.example"},
        "link": "https://portal.example/set-password?token=EXAMPLE",
        "link_lifetime": "7 days",
        "account": {
            "balance": "42.50 EUR",
            "available": "4.10 EUR",
            "threshold": "5.00 EUR",
            "expired_on": "31 March 2026",
        },
        "refill": {"amount": "20.00 EUR", "note": "Thank you", "has_receipt": True},
        "charge": {"amount": "9.00 EUR", "description": "Change of address", "has_receipt": True},
        "payment": {
            "amount": "119.00 EUR",
            "purpose": "invoice INV-000042",
            "outstanding": "",
            "is_attached": True,
        },
        "invoice": {
            "title": "Invoice",
            "number": "INV-000042",
            "period": "1 March 2026 to 31 March 2026",
            "total": "119.00 EUR",
            "outstanding": "119.00 EUR",
            "due_on": "8 April 2026",
            "is_suspended": False,
        },
        "product": {
            "name": "Flat rate Europe",
            "quantity": "1",
            "amount": "14.90 EUR",
            "renews_on": "1 May 2026",
            "has_receipt": True,
        },
        "renewal": {
            "name": "Flat rate Europe",
            "amount": "9.90 EUR",
            "renews_on": "1 May 2026",
            "reason": "The balance did not cover the renewal.",
            "has_receipt": True,
            "is_overdue": False,
        },
        "did": {
            "number": "+49 30 1234567",
            "amount": "12.00 EUR",
            "monthly_fee": "2.00 EUR",
            "renews_on": "1 May 2026",
            "reason": "The balance did not cover the renewal.",
            "has_receipt": True,
        },
        "device": {"username": "1000000001", "realm": "sip.telecom.example"},
        "job": {
            "name": "import",
            "outcome": "completed",
            "done": 120,
            "succeeded": 118,
            "failed": 2,
            "failure": "",
        },
        "alert": {"subject": "203.0.113.7", "is_source": True, "failures": 63, "others": 2},
        "hanging": {"revoking": 3, "lagging": 12, "switches": "fs2, k1"},
    }
)


def sample_facts(placeholders: tuple[str, ...]) -> dict[str, Any]:
    """An example for each of these placeholders, and for nothing else."""
    facts: dict[str, Any] = {}
    for placeholder in placeholders:
        name, _, attribute = placeholder.partition(".")
        if attribute:
            facts.setdefault(name, {})[attribute] = SAMPLES[name][attribute]
        else:
            facts[name] = SAMPLES[name]
    return facts
