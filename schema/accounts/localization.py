"""Localizations: how the numbers of a call are rewritten for a country (number translation)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from models.accounts.localization import Localization as LocalizationRow
from models.accounts.pick_list import Alteration
from models.rules.enums import ActiveStatus, CallDirection, LocalizationTarget
from models.rules.localization import Translation
from models.rules.pick_lists import LocalizationDraft, PickListPatch
from schema.accounts.rate_group import BY_NAME
from schema.context import Info
from schema.filters import NOBODY
from schema.inputs import drafted, idempotency_key, optional, patched, required, row_id, said
from schema.mutations import mutation
from schema.paging import Connection
from schema.payloads import Payload
from schema.reads import (
    Node,
    Order,
    Source,
    Visible,
    column,
    loaded,
    node,
    root_list,
    row,
    through,
    to_list,
    to_one,
)
from schema.scalars import CountryCode

if TYPE_CHECKING:
    from schema.accounts.reseller import Reseller

LazyReseller = Annotated["Reseller", strawberry.lazy("schema.accounts.reseller")]

LOCALIZATIONS = Source(
    table="localizations",
    visible=Visible(
        reseller="({t}.reseller_id IS NULL OR {t}.reseller_id = ANY({reseller_ids}))",
        customer="{t}.id = (SELECT a.localization_id FROM accounts a WHERE a.id = {viewer})",
    ),
    permission="customers:read",
)
"""Resellers pick from the administration's and their subtree's; a customer sees its own."""

RULES = Source(
    table="localization_rules",
    visible=through("localization_id", LOCALIZATIONS),
    permission="customers:read",
)


@row(RULES, description="One cut-and-add rule; the first that matches is the only one applied.")
class LocalizationRule:
    """Within a direction and target, in the author's order."""

    direction: CallDirection = column(description="Which calls.")
    target: LocalizationTarget = column(description="Which number of the call.")
    cut: str = column(description='Leading text to remove; "*": every number, removes nothing.')
    add: str = column(description="Text put in front instead.")


@node(LOCALIZATIONS, description="A set of number translations.")
class Localization(Node):
    """Requirement heading: Localization."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    name: str = column(description="The name, used once within its owner.")
    status: ActiveStatus = column(description="Whether accounts can take it.")
    country_code: CountryCode | None = column(
        description="New accounts of this country get it when none is chosen."
    )
    reseller: LazyReseller | None = to_one(
        "reseller_id", description="Whose it is; null: the administration's, or one above you."
    )
    rules: list[LocalizationRule] = to_list(
        "localization_id", order=Order("position", "int8"), description="Its rules, in order."
    )
    created_at: datetime = column(description="When it was made.")


@strawberry.input(description="A rule: numbers that begin with `cut` get `add` in its place.")
class LocalizationRuleInput:
    """The first that matches is the only one applied."""

    direction: CallDirection = required("Which calls.")
    target: LocalizationTarget = required("Which number of the call.")
    cut: str = required('Leading digits with an optional +; "*": every number, removes nothing.')
    add: str = required("At most 20 digits and + * #, or empty.")


@strawberry.input(description="A new set of number translations.")
class LocalizationCreateInput:
    """At most 200 rules."""

    idempotency_key: str | None = idempotency_key()
    name: str = required("The name; 1-80 characters, used once within its owner.")
    country_code: CountryCode | None = optional("For new accounts of this country.")
    reseller_id: strawberry.ID | None = optional(
        "Whose it becomes; absent: the administration's, or the calling reseller's."
    )
    rules: list[LocalizationRuleInput] = required("The rules, in the order they are tried.")

    def to_draft(self) -> LocalizationDraft:
        """The draft of a set."""
        return LocalizationDraft(**(drafted(self) | {"rules": _translations(self.rules)}))


@strawberry.input(description="What to change: absent keeps, a value sets.")
class LocalizationUpdateInput:
    """Nothing of it can be cleared; rules are replaced as a whole."""

    id: strawberry.ID = required("The localization.")
    expected_version: int | None = optional("The version that was seen; another one: refused.")
    name: str | None = optional("The name; 1-80 characters.")
    status: ActiveStatus | None = optional("INACTIVE: accounts keep it, none can take it.")
    rules: list[LocalizationRuleInput] | None = optional("All its rules, in order.")

    def to_patch(self) -> PickListPatch:
        """The changes asked for."""
        changes = patched(self)
        if changes.get("rules") is not None:
            changes["rules"] = _translations(changes["rules"])
        return PickListPatch(changes)


@strawberry.type(description="What localizationCreate answers.")
class LocalizationCreatePayload(Payload):
    """The new set."""

    localization_id: strawberry.Private[UUID | None] = None
    localization: Localization | None = loaded(description="The localization.")


@strawberry.type(description="What localizationUpdate answers.")
class LocalizationUpdatePayload(Payload):
    """The set after the change."""

    localization_id: strawberry.Private[UUID | None] = None
    localization: Localization | None = loaded(description="The localization.")


@strawberry.type
class LocalizationQueries:
    """What a form offers."""

    localizations: Connection[Localization] = root_list(
        order=BY_NAME,
        permission="customers:read",
        description="Localizations that the viewer sees, by name.",
    )


@strawberry.type
class LocalizationMutations:
    """For one's own localizations and those of resellers below."""

    @mutation(permission="rates:write", description="Makes a set of number translations.")
    async def localization_create(
        self,
        info: Info,
        input: LocalizationCreateInput,
    ) -> LocalizationCreatePayload | None:
        """Add a set."""
        made = await LocalizationRow.compose(input.to_draft(), info.context.signed_in)
        return LocalizationCreatePayload(localization_id=made)

    @mutation(
        permission="rates:write",
        description="Renames or switches a set of number translations, or replaces its rules.",
    )
    async def localization_update(
        self,
        info: Info,
        input: LocalizationUpdateInput,
    ) -> LocalizationUpdatePayload | None:
        """Change a set."""
        found = row_id("Localization", input.id) or NOBODY
        wanted = Alteration(found, input.to_patch(), said(input.expected_version))
        await LocalizationRow.rewrite(wanted, info.context.signed_in)
        return LocalizationUpdatePayload(localization_id=found)


def _translations(rules: list[LocalizationRuleInput]) -> tuple[Translation, ...]:
    return tuple(Translation(rule.direction, rule.target, rule.cut, rule.add) for rule in rules)
