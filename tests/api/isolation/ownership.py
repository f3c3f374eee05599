"""Whose every row is and who may see it, told apart from the predicates of the schema.

A new Node type needs a line in OWNER; without one nothing of it can be proven.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from graphql import GraphQLInterfaceType

from models.database import read_pool
from models.rules.enums import Role
from schema.reads.facts import source_of
from tests.api.product import product_schema
from tests.people import Person

Things = dict[str, set[UUID]]

# The account, reseller or person that a row belongs to, over its table; NULL: the administration.
OWNER: Mapping[str, str] = {
    "ApiKey": "coalesce(account_id, staff_id)",
    "AuditEvent": "account_id",
    "BlockedCode": "account_id",
    "CallerId": "account_id",
    "Cdr": "account_id",
    "Charge": "ledger_account_id",
    "Customer": "id",
    "Did": "account_id",
    "Email": "account_id",
    "Invoice": "account_id",
    "IpSetting": "account_id",
    "Job": "reseller_id",
    "Localization": "reseller_id",
    "Product": "NULL::uuid",
    "ProductOrder": "account_id",
    "RateGroup": "reseller_id",
    "Refill": "account_id",
    "Reseller": "id",
    "Session": "coalesce(account_id, staff_id)",
    "SignInAlert": "NULL::uuid",
    "SipDevice": "account_id",
    "StaffMember": "NULL::uuid",
    "SwitchNode": "NULL::uuid",
    "Tax": "reseller_id",
}
# What has ids that are given to mutations, but is shown nowhere.
UNSHOWN: Mapping[str, str] = {"Upload": "SELECT id, principal_id FROM uploads"}
PERSONAL = frozenset({"ApiKey", "Session", "Upload"})
OFFERED_TO_ALL = frozenset({"Product"})
OFFERED_TO_RESELLERS = frozenset({"Did", "Localization"})  # those of the administration
READ_WITH = {"AuditEvent": "audit:read"}

_ABOVE = """
WITH RECURSIVE above(id, owner) AS (
    SELECT id, id FROM accounts
    UNION ALL
    SELECT above.id, a.reseller_id FROM above JOIN accounts a ON a.id = above.owner
     WHERE a.reseller_id IS NOT NULL
) SELECT id, owner FROM above
"""
# What an account uses of the pick lists of whoever is above it.
_LENT = """
SELECT id, 'RateGroup' AS type, unnest(ARRAY[rate_group_id, non_cli_rate_group_id]) AS thing
  FROM accounts
UNION ALL SELECT id, 'Localization', localization_id FROM accounts WHERE kind <> 'RESELLER'
UNION ALL SELECT account_id, 'Tax', tax_id FROM account_taxes
"""


def node_types() -> list[str]:
    """Every type whose things can be asked for by id."""
    schema = product_schema()._schema
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return sorted(type_.name for type_ in schema.get_possible_types(node))


@dataclass(frozen=True, slots=True)
class Ownership:
    """rows: of each type, by id, their owner. above: of each account, itself and all above it."""

    rows: Mapping[str, Mapping[UUID, UUID | None]]
    above: Mapping[UUID, set[UUID]]
    lent: Mapping[UUID, Things]

    @classmethod
    async def known(cls) -> Ownership:
        """As the database is now."""
        pool = read_pool()
        above: dict[UUID, set[UUID]] = defaultdict(set)
        for row in await pool.fetch(_ABOVE):
            above[row["id"]].add(row["owner"])
        lent: dict[UUID, Things] = defaultdict(lambda: defaultdict(set))
        for row in await pool.fetch(_LENT):
            lent[row["id"]][row["type"]].add(row["thing"])
        statements = {name: _rows_of(name) for name in node_types()} | dict(UNSHOWN)
        rows = {
            name: {row[0]: row[1] for row in await pool.fetch(sql)}
            for name, sql in statements.items()
        }
        return cls(rows, above, lent)

    def seen_by(self, person: Person) -> Things:
        """Everything that is somebody's to see, by type."""
        return {
            name: {thing for thing, owner in rows.items() if self._sees(person, name, thing, owner)}
            for name, rows in self.rows.items()
        }

    def hidden_from(self, person: Person, name: str) -> list[UUID]:
        """One thing of this type of every owner whose things somebody does not see."""
        seen, rows = self.seen_by(person)[name], self.rows[name]
        by_owner = {rows[thing]: thing for thing in sorted(rows, reverse=True) if thing not in seen}
        return sorted(by_owner.values())

    def is_below(self, person: Person, name: str, thing: UUID) -> bool:
        """Whether a thing is of somebody's own subtree, seen or not."""
        owner = self.rows[name][thing]
        return owner is not None and person.viewer.account_id in self.above.get(owner, ())

    def usable_by(self, person: Person) -> dict[str, UUID]:
        """A thing of each type that somebody may surely use: their own rather than what is lent."""
        seen = self.seen_by(person)
        return {name: self._most_usable(person, name, seen[name]) for name in seen if seen[name]}

    def _most_usable(self, person: Person, name: str, things: set[UUID]) -> UUID:
        return min(things, key=lambda thing: (not self._is_usable(person, name, thing), thing))

    def _is_usable(self, person: Person, name: str, thing: UUID) -> bool:
        owner = self.rows[name][thing]
        if name == "Did":  # one that is free
            return owner is None
        if name == "Customer":
            return person.viewer.account_id in {thing, *sorted(self.above[thing] - {thing})[:1]}
        return owner == person.viewer.account_id

    def _sees(self, person: Person, name: str, thing: UUID, owner: UUID | None) -> bool:
        viewer = person.viewer
        if name in PERSONAL:
            return owner == viewer.principal_id
        if name in READ_WITH and not viewer.may(READ_WITH[name]):
            return False
        if viewer.is_staff or name in OFFERED_TO_ALL or thing in self._lent(person, name):
            return True
        if owner is None:
            return name in OFFERED_TO_RESELLERS and viewer.role is Role.RESELLER
        return viewer.account_id in self.above[owner]

    def _lent(self, person: Person, name: str) -> set[UUID]:
        account = person.viewer.account_id
        return set() if account is None else self.lent[account][name]


def _rows_of(name: str) -> str:
    source = source_of(product_schema()._schema.type_map[name])
    assert source is not None
    only = source.only.format(t="t") or "true"
    return f"SELECT id, {OWNER[name]} FROM {source.table} AS t WHERE {only}"
