"""A text that is too long for its column is refused by its draft, never by the database.

Which texts are meant is each rule's own matter; here only their length counts.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.fields import CharField
from tortoise.models import Model

from models import rules
from models.access.api_key import ApiKey
from models.access.staff import Staff
from models.accounts.account import Account
from models.accounts.localization import Localization, LocalizationRule
from models.accounts.rate_group import RateGroup
from models.accounts.tax import Tax
from models.money.issuer_profile import IssuerProfile
from models.panel.blocked_code import BlockedCode
from models.panel.caller_id import CallerId, ForceCallerId
from models.panel.did import Did
from models.panel.ip_setting import IpSetting
from models.panel.product import Product
from models.panel.sip_device import SipDevice
from models.panel.speed_dial import SpeedDial
from models.rules.access_draft import ApiKeyDraft, StaffDraft
from models.rules.draft import CustomerDraft, ResellerDraft
from models.rules.enums import (
    AccountType,
    CallDirection,
    LocalizationTarget,
    ProductBilling,
    ProductCategory,
    Role,
    SwitchKind,
)
from models.rules.field_rules import Policy
from models.rules.inventory import DidDraft, ProductDraft
from models.rules.issuer_profile import SPOKEN, IssuerProfilePatch
from models.rules.localization import Translation, translation_problems
from models.rules.panel import BlockedCodeDraft, IpSettingDraft, LineDraft, SpeedDialDraft
from models.rules.phone import comparable, line_number_violation
from models.rules.pick_lists import LocalizationDraft, RateGroupDraft, TaxDraft
from models.rules.sip_device import SipDeviceDraft, VoicemailDraft
from models.rules.switch_node import NodeDraft
from models.rules.viewer import Viewer
from models.switch.node import SwitchNode

NOBODY = UUID(int=0)
STAFF = Viewer(Role.ADMIN, NOBODY, None, frozenset({"customers:read"}), (), "UTC", "Ann")
POLICY = Policy("EUR", email_required=False)
DEVICE = SipDeviceDraft(account_id=NOBODY)
RULE = Translation(CallDirection.OUTBOUND, LocalizationTarget.NUMBER, "0", "49")
# No draft, or nothing of it is a text in a row.
ELSEWHERE = {"AccountDraft", "AlertThresholdDraft"}

Judge = Callable[[Any], object]


@dataclass(frozen=True)
class Form:
    """A draft without a problem, where its texts are kept, and who judges it."""

    draft: Any
    tables: tuple[type[Model], ...]
    judge: Judge = lambda draft: draft.problems()
    kept_as: str = ""  # what the names of the columns begin with


def _of_the_house(draft: IpSettingDraft) -> object:
    return draft.problems(of_the_house=True)


FORMS = (
    Form(IpSettingDraft("Office", "8.8.8.0/24"), (IpSetting,), _of_the_house),
    Form(LineDraft("+4930"), (CallerId, ForceCallerId)),
    Form(SpeedDialDraft(1, "+4930"), (SpeedDial,)),
    Form(BlockedCodeDraft("49"), (BlockedCode,)),
    Form(DidDraft(number="+4930", currency_code="EUR"), (Did,)),
    Form(
        ProductDraft(
            name="Line",
            category=ProductCategory.PACKAGE,
            currency_code="EUR",
            price=Decimal(1),
            billing=ProductBilling.ONE_TIME,
        ),
        (Product,),
    ),
    Form(DEVICE, (SipDevice,), lambda d: d.problems("1000")),
    Form(
        VoicemailDraft(enabled=True),
        (SipDevice,),
        lambda d: replace(DEVICE, voicemail=d).problems("1000"),
        "voicemail_",
    ),
    Form(RateGroupDraft(name="Retail"), (RateGroup,)),
    Form(TaxDraft(name="VAT", rate_percent=Decimal(19)), (Tax,)),
    Form(LocalizationDraft(name="Germany", rules=()), (Localization,)),
    Form(RULE, (LocalizationRule,), lambda d: translation_problems((d,))),
    Form(
        StaffDraft(name="Ann", email="ann@example.com", role=Role.SUB_ADMIN, permissions=()),
        (Staff,),
        lambda d: d.problems(STAFF),
    ),
    Form(
        ApiKeyDraft(name="Portal", permissions=("customers:read",)),
        (ApiKey,),
        lambda d: d.problems(STAFF, datetime.now(UTC)),
    ),
    Form(NodeDraft(name="One", kind=SwitchKind.KAMAILIO, address="http://k:5060"), (SwitchNode,)),
    Form(
        CustomerDraft(type=AccountType.PREPAID, first_name="Ann", rate_group_id=NOBODY),
        (Account,),
        lambda d: d.problems(POLICY),
    ),
    Form(
        CustomerDraft(type=AccountType.PREPAID, first_name="Ann", rate_group_id=NOBODY),
        (SipDevice,),
        lambda d: d.problems(POLICY),
        "sip_",
    ),
    Form(ResellerDraft(first_name="Ann"), (Account,), lambda d: d.problems(POLICY)),
)


def _texts() -> Iterator[Any]:
    for form in FORMS:
        for field in fields(form.draft):
            for table in form.tables:
                column = _column(table, field.name, form.kept_as)
                if column is not None and column.max_length and field.type in {str, str | None}:
                    kept = f"{type(form.draft).__name__}.{field.name} in {table._meta.db_table}"
                    yield pytest.param(form, field.name, column.max_length, id=kept)


def _column(table: type[Model], name: str, kept_as: str) -> CharField[Any] | None:
    columns = table._meta.fields_map
    found = columns.get(kept_as + name) or columns.get(name.removeprefix(kept_as or "-"))
    return found if isinstance(found, CharField) else None


def _too_long(width: int) -> Iterator[str]:
    """Texts one character longer, of all kinds that some rule takes."""
    for letter in "0 19aÄ漢*+._":
        for lead in ("", "+", "00", "a@", "http://", "a", "1"):
            for end in ("", ".de", "1"):
                yield lead + letter * (width + 1 - len(lead) - len(end)) + end
    labels = ".".join(["x" * 60] * 5)
    for lead in ("", "a@", "http://"):
        yield f"{lead}{labels[: width - 3]}.de"[: width + 1].ljust(width + 1, "x")


@pytest.mark.parametrize(("form", "name", "width"), [*_texts()])
def test_a_text_longer_than_its_column_is_refused(form: Form, name: str, width: int) -> None:
    assert not form.judge(form.draft)
    let_through = [
        text for text in _too_long(width) if not form.judge(replace(form.draft, **{name: text}))
    ]
    assert not let_through


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_an_issuers_text_longer_than_its_column_is_refused(name: str) -> None:
    column = _column(IssuerProfile, name, "")
    for text in _too_long(column.max_length) if column else ():
        assert IssuerProfilePatch(None, {name: text}).problems(), text


def test_every_draft_is_compared_with_its_columns() -> None:
    written = {
        name
        for module in pkgutil.iter_modules(rules.__path__)
        for name, found in inspect.getmembers(import_module(f"models.rules.{module.name}"))
        if name.endswith("Draft") and inspect.isclass(found)
    }
    assert written == {type(form.draft).__name__ for form in FORMS} - {"Translation"} | ELSEWHERE


@given(st.text("+01", max_size=22))
def test_a_number_of_the_house_has_digits_to_be_compared_by(text: str) -> None:
    if line_number_violation(text) is None:
        digits = comparable(text)
        assert digits is not None
        for table in (Did, CallerId):
            column = _column(table, "digits", "")
            assert column is not None
            assert len(digits) <= column.max_length
