"""What stands on a paper, word for word: read from the document as it was issued.

The same rows give the same words, whatever has become of profiles and addresses; only how far it
is settled is of today. How it looks is drawn a floor higher.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from models.money.reader import Reader
from models.rules.billing_calendar import local_date
from models.rules.countries import COUNTRIES
from models.rules.enums import InvoiceKind, InvoiceStatus
from models.rules.money import minor_digits, rounded
from models.rules.printed import (
    shown_amount,
    shown_day,
    shown_instant,
    shown_period,
    shown_quantity,
)

TITLES: Mapping[InvoiceKind, str] = {
    InvoiceKind.INVOICE: "Invoice",
    InvoiceKind.RECEIPT: "Receipt",
    InvoiceKind.CREDIT_NOTE: "Credit note",
}


@dataclass(frozen=True, slots=True)
class PrintedPaper:
    """A document as its reader will see it.

    words: what the drawing asks for, texts and lists of texts only. logo_upload_id: of the issuer.
    """

    file_name: str
    words: Mapping[str, Any]
    logo_upload_id: UUID | None

    def json(self) -> str:
        """The words as text, the same for the same words."""
        return orjson.dumps(self.words, option=orjson.OPT_SORT_KEYS).decode()


async def printed_paper(connection: Reader, invoice_id: UUID) -> PrintedPaper | None:
    """What stands on a document; None when there is none of this id."""
    row = await connection.fetchrow(_DOCUMENT, invoice_id)
    if row is None:
        return None
    lines = await connection.fetch(_LINES, invoice_id)
    issuer, customer = orjson.loads(row["letterhead"]), orjson.loads(row["addressee"])
    return PrintedPaper(
        file_name=f"{row['number']}.pdf",
        words=_words(row, lines, issuer, customer),
        logo_upload_id=UUID(issuer["logo_upload_id"]) if "logo_upload_id" in issuer else None,
    )


def _words(
    row: asyncpg.Record,
    lines: Sequence[asyncpg.Record],
    issuer: Mapping[str, str],
    customer: Mapping[str, str],
) -> dict[str, Any]:
    kind, currency, zone = InvoiceKind(row["kind"]), row["currency_code"], customer["time_zone"]
    sold = [line for line in lines if not line["is_tax"]]
    issued_on = local_date(zone, row["issued_at"])
    notes = (row["note"], customer.get("invoice_note"), issuer.get("note"))
    return {
        "title": TITLES[kind],
        "number": row["number"],
        "mark": "VOID" if row["status"] == InvoiceStatus.VOID else "",
        "issued_on": [str(part) for part in (issued_on.year, issued_on.month, issued_on.day)],
        "issuer": _issuer(issuer),
        "customer": _customer(customer, row["tax_number"]),
        "facts": [list(fact) for fact in _facts(row, kind, customer)],
        "currency": currency,
        "lines": [
            {
                "text": line["description"],
                "quantity": shown_quantity(line["quantity"]),
                "amount": _bare(line["net"], currency),
            }
            for line in sold
        ],
        "sums": [list(each) for each in _sums(row, lines, currency)],
        "total": shown_amount(row["total"], currency),
        "outstanding": _outstanding(row, kind),
        "settlement": _settlement(row, kind, zone),
        "notes": list(dict.fromkeys(note for note in notes if note)),
    }


def _issuer(issuer: Mapping[str, str]) -> dict[str, Any]:
    ends = [issuer.get("website"), issuer.get("reply_to")]
    if "tax_number" in issuer:
        ends.insert(0, f"Tax number {issuer['tax_number']}")
    return {
        "name": issuer["name"],
        "lines": list(_address(issuer)),
        "foot": [end for end in ends if end],
    }


def _customer(customer: Mapping[str, str], tax_number: str | None) -> dict[str, Any]:
    company = [customer["company"]] if customer.get("company") else []
    tax = [f"Tax number {tax_number}"] if tax_number else []
    return {"lines": [*company, customer["name"], *_address(customer), *tax]}


def _address(party: Mapping[str, str]) -> Iterator[str]:
    yield from (party[key] for key in ("line1", "line2") if party.get(key))
    town = " ".join(party[key] for key in ("postal_code", "city") if party.get(key))
    if town:
        yield town
    if party.get("province"):
        yield party["province"]
    if party.get("country_code"):
        code = party["country_code"]
        yield COUNTRIES[code].name if code in COUNTRIES else code


def _facts(
    row: asyncpg.Record, kind: InvoiceKind, customer: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    zone = customer["time_zone"]
    yield "Number", row["number"]
    yield "Date", shown_instant(zone, row["issued_at"])
    yield "Account", customer["number"]
    if row["period_start"] is not None:
        yield "Period", shown_period(zone, row["period_start"], row["period_end"])
    if row["credits_number"] is not None:
        yield "Credits", row["credits_number"]
    if kind is InvoiceKind.INVOICE and row["due_at"] is not None:
        yield "Due", shown_instant(zone, row["due_at"])


def _sums(
    row: asyncpg.Record, lines: Sequence[asyncpg.Record], currency: str
) -> Iterator[tuple[str, str]]:
    taxes = [line for line in lines if line["is_tax"]]
    if taxes:
        yield "Net", _bare(row["net"], currency)
        yield from ((line["description"], _bare(line["tax"], currency)) for line in taxes)


def _outstanding(row: asyncpg.Record, kind: InvoiceKind) -> str:
    """What an invoice still asks for; other documents ask for nothing."""
    if kind is not InvoiceKind.INVOICE or row["status"] == InvoiceStatus.VOID:
        return ""
    return shown_amount(row["outstanding"], row["currency_code"])


def _settlement(row: asyncpg.Record, kind: InvoiceKind, zone: str) -> str:
    """One sentence on what is to be done, or what has been."""
    if row["status"] == InvoiceStatus.VOID:
        on = f" since {shown_day(local_date(zone, row['voided_at']))}" if row["voided_at"] else ""
        reason = f": {row['void_reason']}" if row["void_reason"] else ""
        return f"This document is void{on}{reason}."
    if kind is InvoiceKind.CREDIT_NOTE:
        return "This amount has been credited to your account."
    if kind is InvoiceKind.RECEIPT or not row["outstanding"]:
        return "Paid. Thank you."
    currency = row["currency_code"]
    left = shown_amount(row["outstanding"], currency)
    by = f" by {shown_instant(zone, row['due_at'])}" if row["due_at"] else ""
    paid = row["total"] - row["outstanding"]
    already = f"{shown_amount(paid, currency)} of it has been paid. " if paid else ""
    return f"{already}Please pay {left}{by}, stating {row['number']}."


def _bare(amount: Decimal, currency: str) -> str:
    """An amount under a heading that names its currency."""
    return f"{rounded(amount, currency):,.{minor_digits(currency)}f}"


_DOCUMENT = """
    SELECT i.kind, i.status, i.number, i.issued_at, i.due_at, i.period_start, i.period_end,
           i.currency_code, i.net, i.total, i.outstanding, i.note, i.tax_number, i.void_reason,
           i.voided_at, i.addressee, h.content AS letterhead, c.number AS credits_number
    FROM invoices i
    JOIN letterheads h ON h.id = i.letterhead_id
    LEFT JOIN invoices c ON c.id = i.credits_invoice_id
    WHERE i.id = $1
"""

_LINES = """
    SELECT description, quantity, net, tax, is_tax FROM invoice_lines
    WHERE invoice_id = $1 ORDER BY position
"""
