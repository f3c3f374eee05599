"""Who lives in the demo house: names, numbers and habits, the same at every start.

Nothing is written here; `people`, `panels` and `money` put it on stage.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from models.rules.enums import AccountType, CliPool

FIRST_NUMBER = 1001
EXPIRED, INACTIVE, NEARLY_EMPTY = "1005", "1010", "1015"
FULL, BILLED = "1001", "1002"  # every panel filled; two months of invoices
CARRIER = "globaltel"
DIDS_OF_FULL = 2

_FIRST = (
    *("Ada", "Ben", "Carla", "Dev", "Elena", "Farid", "Grace", "Hugo", "Ines", "José", "Kofi"),
    *("Lena", "Mateo", "Nadia", "Oscar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar"),
    *("Vera", "Wanda", "Xavier", "Yara", "Zoë", "François", "Юлия", "Amara", "Björn"),
)
_LAST = (
    *("Adler", "Bauer", "Costa", "Duarte", "Eriksen", "Fontaine", "Gupta", "Haddad", "Ito"),
    *("Jansen", "Kaya", "Lindqvist", "Moreau", "Nowak", "Okafor", "Petrov", "Quinn", "Rossi"),
    *("Silva", "Torres", "Ueda", "Vargas", "Weber", "Xu", "Young", "Zimmer", "Olsen", "Müller"),
    *("Novák", "Sato"),
)
_TRADES = ("Bakery", "Law Office", "Logistics", "Dental Care", "Books", "Travel", "Hotel")
_POOLS = (
    *(CliPool.DISABLED, CliPool.DID_ELSE_RANDOM_DID, CliPool.CALLER_ID_ELSE_RANDOM_CALLER_ID),
    *(CliPool.NON_CLI_RATE_GROUP_UNLESS_CALLER_ID, CliPool.REJECT_UNLESS_DID_OR_CALLER_ID),
)


@dataclass(frozen=True, slots=True)
class DemoReseller:
    """A reseller, or with number None the administration; `under` is its parent's number."""

    number: str | None
    name: str
    company: str
    currency_code: str
    time_zone: str
    country_code: str
    city: str
    tax: tuple[str, Decimal]
    under: str | None = None
    funds: Decimal = Decimal(0)


HOUSE = DemoReseller(
    number=None,
    name="",
    company="",
    currency_code="USD",
    time_zone="America/New_York",
    country_code="US",
    city="New York",
    tax=("Sales tax", Decimal("8.25")),
)
RESELLERS = (
    DemoReseller(
        number="northwind",
        name="Nora",
        company="Northwind Telecom",
        currency_code="EUR",
        time_zone="Europe/Berlin",
        country_code="DE",
        city="Hamburg",
        tax=("Mehrwertsteuer", Decimal(19)),
        funds=Decimal(25_000),
    ),
    DemoReseller(
        number="harbour",
        name="Henry",
        company="Harbour Voice",
        currency_code="GBP",
        time_zone="Europe/London",
        country_code="GB",
        city="Bristol",
        tax=("VAT", Decimal(20)),
        under="northwind",
        funds=Decimal(5_000),
    ),
)
RATES = {"EUR": Decimal("0.92"), "GBP": Decimal("0.79")}  # units for one US dollar


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """One customer of the house or of a reseller."""

    position: int
    owner: DemoReseller

    @property
    def number(self) -> str:
        """The account number."""
        return str(FIRST_NUMBER + self.position)

    @property
    def first_name(self) -> str:
        """In any script."""
        return _FIRST[self.position % len(_FIRST)]

    @property
    def last_name(self) -> str:
        """Another one for each of those who share a first name."""
        return _LAST[(self.position * 7 + self.position // len(_FIRST)) % len(_LAST)]

    @property
    def company(self) -> str | None:
        """Every third one is a business."""
        if self.position % 3:
            return None
        return f"{self.last_name} {_TRADES[self.position % len(_TRADES)]}"

    @property
    def email(self) -> str:
        """An address that nobody has in earnest."""
        folded = unicodedata.normalize("NFKD", f"{self.first_name}.{self.last_name}".lower())
        local = folded.encode("ascii", "ignore").decode().strip(".")
        return f"{local}{self.number}@customers.example"

    @property
    def type(self) -> AccountType:
        """Two of five pay by invoice."""
        return AccountType.POSTPAID if self.position % 5 in {1, 3} else AccountType.PREPAID

    @property
    def opening_balance(self) -> Decimal | None:
        """What a prepaid one starts with."""
        if self.type is AccountType.POSTPAID:
            return None
        return Decimal(3 if self.number == NEARLY_EMPTY else 40 + self.position * 7 % 90)

    @property
    def credit_limit(self) -> Decimal | None:
        """How far a postpaid one may go below zero."""
        return Decimal(500) if self.type is AccountType.POSTPAID else None

    @property
    def cli_pool(self) -> CliPool:
        """Mostly none."""
        return _POOLS[self.position % 15] if self.position % 15 < len(_POOLS) else CliPool.DISABLED

    @property
    def has_device(self) -> bool:
        """Two of three have a telephone of ours."""
        return self.position % 3 != 1 or self.number == BILLED

    @property
    def line(self) -> str:
        """A telephone number of theirs, from the ranges that are kept for stories."""
        return {
            "US": f"+1202555{100 + self.position:04}",
            "DE": f"+493023125{self.position:03}",
            "GB": f"+442079460{self.position:03}",
        }[self.owner.country_code]


def customers() -> Iterator[DemoCustomer]:
    """Thirty of the house, eighteen and twelve of its resellers."""
    owners = (*[HOUSE] * 30, *[RESELLERS[0]] * 18, *[RESELLERS[1]] * 12)
    for position, owner in enumerate(owners):
        yield DemoCustomer(position, owner)
