"""The house's own choices, and the lists of countries and time zones that forms offer."""

from decimal import Decimal
from uuid import UUID

import strawberry

from models.rules.countries import COUNTRIES
from models.rules.house_settings import SettingsPatch
from models.rules.time_zones import zone_names
from models.settings import SUBJECT, HouseSettings
from schema.context import Info
from schema.inputs import optional, patched
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import SIGNED_IN, requires
from schema.reads import EVERYONE, Source, column, loaded, root_only, row
from schema.scalars import CountryCode, CurrencyCode, TimeZone

SETTINGS = Source(table="house_settings", visible=EVERYONE)


@row(SETTINGS, description="What the house has chosen for everybody.")
class Settings:
    """One row."""

    base_currency: CurrencyCode = column(description="The currency that rates are told against.")
    time_zone: TimeZone = column(description="The administration's zone.")
    pin_minimum_length: int = column(description="The fewest digits of a calling-card PIN.")
    low_balance_default: Decimal = column(
        description="Below which balance an account is warned that has no threshold of its own."
    )
    account_number_length: int = column(description="How many digits a drawn number has.")


@strawberry.type(description="A country.")
class Country:
    """ISO 3166."""

    code: CountryCode = strawberry.field(description="ISO 3166-1 alpha-2.")
    name: str = strawberry.field(description="English name.")
    dial_code: str | None = strawberry.field(
        description="What its telephone numbers begin with, without a plus (ITU-T E.164)."
    )


@strawberry.input(description="What to change: absent keeps, a value sets.")
class SettingsUpdateInput:
    """Repeats without harm; counts for what is made from now on."""

    pin_minimum_length: int | None = optional("The fewest digits of a PIN, 4-12.")
    low_balance_default: Decimal | None = optional("Below which balance to warn; at least 0.")
    account_number_length: int | None = optional("How many digits a drawn number has, 6-20.")


@strawberry.type(description="What settingsUpdate answers.")
class SettingsUpdatePayload(Payload):
    """The choices after the change."""

    settings_id: strawberry.Private[UUID | None] = None
    settings: Settings | None = loaded(description="The choices.")


def _countries() -> list[Country]:
    return [
        Country(code=CountryCode(one.code), name=one.name, dial_code=one.dial_code)
        for one in sorted(COUNTRIES.values(), key=lambda country: country.name)
    ]


def _time_zones() -> list[TimeZone]:
    return [TimeZone(name) for name in sorted(zone_names())]


@strawberry.type
class SettingsQueries:
    """For everybody who is signed in."""

    settings: Settings = root_only(
        permission=SIGNED_IN,
        description="What the house has chosen for everybody.",
    )
    countries: list[Country] = strawberry.field(
        resolver=_countries, metadata=requires(SIGNED_IN), description="All countries, by name."
    )
    time_zones: list[TimeZone] = strawberry.field(
        resolver=_time_zones,
        metadata=requires(SIGNED_IN),
        description="All time zones that an account can be in, by name.",
    )


@strawberry.type
class SettingsMutations:
    """For the administration."""

    @mutation(permission="settings:write", description="Changes what the house has chosen.")
    async def settings_update(
        self,
        info: Info,
        input: SettingsUpdateInput,
    ) -> SettingsUpdatePayload | None:
        """Change the settings."""
        await HouseSettings.adopt(SettingsPatch(patched(input)), info.context.signed_in)
        return SettingsUpdatePayload(settings_id=SUBJECT.id)
