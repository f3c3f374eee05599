"""Tables of a small world, its words, and the sources over them."""

from enum import StrEnum

from schema.enumerations import enumeration
from schema.reads import EVERYONE, Join, Source, Visible, through

TABLES = """
CREATE TABLE shop_plans (id uuid PRIMARY KEY, name text NOT NULL, price numeric(20,6) NOT NULL);
CREATE TABLE shop_people (
    id uuid PRIMARY KEY, kind text NOT NULL, number text COLLATE "C" NOT NULL, state text NOT NULL,
    owner_id uuid, plan_id uuid, name text COLLATE "C" NOT NULL, company text COLLATE "C",
    calls int NOT NULL, rate float8, active boolean NOT NULL, trusted boolean,
    credit numeric(20,6) NOT NULL, ends_at timestamptz, made_at timestamptz NOT NULL,
    line1 text, city text, zone text NOT NULL, tags text[] NOT NULL, limits int[] NOT NULL,
    notes jsonb NOT NULL, alert numeric(20,6), found text NOT NULL,
    subject_kind text, subject_id uuid);
CREATE TABLE shop_wallets (person_id uuid PRIMARY KEY, balance numeric(20,6) NOT NULL);
CREATE TABLE shop_devices (
    id uuid PRIMARY KEY, person_id uuid NOT NULL, name text NOT NULL, state text NOT NULL,
    made_at timestamptz NOT NULL);
CREATE TABLE shop_calls (
    id bigserial PRIMARY KEY, person_id uuid NOT NULL, at timestamptz NOT NULL,
    seconds int NOT NULL, cost numeric(20,6) NOT NULL);
CREATE TABLE shop_taxes (id uuid PRIMARY KEY, name text NOT NULL, priority int NOT NULL);
CREATE TABLE shop_person_taxes (person_id uuid NOT NULL, tax_id uuid NOT NULL);
"""


class State(StrEnum):
    """A word."""

    ON = "ON"
    OFF = "OFF"
    GONE = "GONE"


class PersonField(StrEnum):
    """What people can be sorted by."""

    NUMBER = "NUMBER"
    COMPANY = "COMPANY"
    BALANCE = "BALANCE"
    ENDS_AT = "ENDS_AT"
    MADE_AT = "MADE_AT"
    CALLS = "CALLS"
    ACTIVE = "ACTIVE"


for word in (State, PersonField):
    enumeration(word, description="Words.", values={name: name for name in word.__members__})

_WALLET = {"w": Join("shop_wallets", "{w}.person_id = {t}.id")}
CUSTOMERS = Source(
    "shop_people",
    Visible(subtree="owner_id", customer="{t}.id = {viewer}"),
    only="{t}.kind = 'CUSTOMER'",
    listed="{t}.state <> 'GONE'",
    joins=_WALLET,
)
OWNERS = Source(
    "shop_people",
    Visible(reseller="{t}.id = ANY({reseller_ids})", customer="false"),
    only="{t}.kind = 'OWNER'",
    joins=_WALLET,
)
PEOPLE = Source(
    "shop_people",
    Visible(
        reseller="({t}.owner_id = ANY({reseller_ids}) OR {t}.id = ANY({reseller_ids}))",
        customer="{t}.id = {viewer}",
    ),
)
PLANS = Source("shop_plans", EVERYONE)
DEVICES = Source("shop_devices", through("person_id", PEOPLE), permission="devices:write")
CALLS = Source("shop_calls", through("person_id", PEOPLE), key_type="int8")
TOLD_CALLS = Source(
    "shop_calls",
    Visible(staff="{t}.seconds < 120", reseller="{t}.seconds > 0", customer="false"),
    key_type="int8",
)
TAXES = Source("shop_taxes", EVERYONE)
