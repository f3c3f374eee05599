"""Resellers: their place in the tree, what they may be given, and what may be changed of them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from models.access.audit import AuditEvent
from models.access.principal import viewer_of_token
from models.accounts.account import Account
from models.accounts.credentials import Login
from models.accounts.reseller import Reseller
from models.accounts.reseller_opening import DEEPEST
from models.mail.email import Email
from models.money.ledger_account import LedgerAccount
from models.rules.draft import ResellerDraft
from models.rules.enums import AccountStatus, AccountType, Role
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.patch import ResellerPatch
from models.rules.permissions import DEFAULTS
from tests import people

pytestmark = pytest.mark.usefixtures("database")


def draft(**fields: Any) -> ResellerDraft:
    told: dict[str, Any] = {"first_name": "Rita", "email": "rita@resellers.example"}
    return ResellerDraft(**(told | fields))


def codes(refused: pytest.ExceptionInfo[DomainError]) -> set[tuple[ErrorCode, tuple[str, ...]]]:
    return {(problem.code, problem.field) for problem in refused.value.problems}


async def balance(account_id: Any) -> Decimal:
    return Decimal((await LedgerAccount.get(id=account_id)).balance)


async def test_opening_makes_everything_a_reseller_has() -> None:
    admin = await people.administrator()
    opened = await Reseller.open(admin.viewer, draft(opening_balance=Decimal("250.50")))
    row = await Account.get(id=opened.account_id)
    assert row.path == f"/{row.id}/"
    assert row.realm == f"{row.number}.sip.trunkline.local"
    assert (row.status, row.currency_code, row.time_zone) == (AccountStatus.ACTIVE, "USD", "UTC")
    assert row.permissions is None
    assert await balance(row.id) == Decimal("250.50")
    assert opened.password is not None
    rita = await people.sign_in("RITA@resellers.example", opened.password)
    viewer = await viewer_of_token(rita)
    assert viewer is not None
    assert viewer.permissions == DEFAULTS[Role.RESELLER]
    assert await Email.filter(account_id=row.id, template="welcome").count() == 1
    event = await AuditEvent.get(action="resellerCreate")
    assert (event.subject_id, event.account_id, event.actor_id) == (row.id, row.id, admin.id)
    assert opened.password not in str(event.changes)


async def test_a_tree_is_as_deep_as_eight_and_everyone_sees_what_is_below() -> None:
    admin = await people.administrator()
    line = [await people.reseller(admin)]
    for _ in range(DEEPEST - 1):
        line.append(await people.reseller(line[-1]))
    with pytest.raises(Refused) as refused:
        await Reseller.open(line[-1].viewer, draft())
    assert codes(refused) == {(ErrorCode.LIMIT_EXCEEDED, ("parentId",))}
    for level, one in enumerate(line):
        viewer = await viewer_of_token(one.token)
        assert viewer is not None
        assert set(viewer.reseller_ids) == {other.id for other in line[level:]}


async def test_a_reseller_opens_below_itself_and_its_subtree_only() -> None:
    admin = await people.administrator()
    upper, stranger = await people.reseller(admin), await people.reseller(admin)
    lower = await people.reseller(upper)
    assert (await Account.get(id=lower.id)).reseller_id == upper.id
    lowest = await people.reseller(await people.person(upper.id, upper.login), lower)
    assert (await Account.get(id=lowest.id)).reseller_id == lower.id
    for hidden in (stranger.id, admin.id):
        with pytest.raises(Refused) as refused:
            await Reseller.open(upper.viewer, draft(parent_id=hidden, first_name=""))
        assert codes(refused) == {
            (ErrorCode.NOT_FOUND, ("parentId",)),
            (ErrorCode.REQUIRED, ("firstName",)),
        }


async def test_an_opening_balance_comes_out_of_the_parents_wallet() -> None:
    admin = await people.administrator()
    upper = await people.reseller(admin, opening_balance=Decimal(100))
    with pytest.raises(DomainError) as refused:
        await Reseller.open(upper.viewer, draft(opening_balance=Decimal("100.01")))
    assert codes(refused) == {(ErrorCode.INSUFFICIENT_BALANCE, ("openingBalance",))}
    assert await Account.filter(reseller_id=upper.id).count() == 0
    assert await Login.filter(email_folded="rita@resellers.example").count() == 0
    lower = await people.reseller(upper, opening_balance=Decimal(30))
    assert (await balance(upper.id), await balance(lower.id)) == (Decimal(70), Decimal(30))


async def test_a_reseller_gives_only_what_it_holds_and_without_a_choice_no_more() -> None:
    admin = await people.administrator()
    upper = await people.reseller(admin, permissions=("resellers:write", "customers:read"))
    with pytest.raises(Refused) as refused:
        await Reseller.open(upper.viewer, draft(permissions=("customers:read", "money:refill")))
    assert codes(refused) == {(ErrorCode.FORBIDDEN, ("permissions",))}
    lower = await people.reseller(upper)
    assert lower.viewer.permissions == {"resellers:write", "customers:read"}
    with pytest.raises(Refused) as refused:
        await Reseller.open(admin.viewer, draft(permissions=("staff:write", "no:word")))
    assert codes(refused) == {
        (ErrorCode.FORBIDDEN, ("permissions",)),
        (ErrorCode.INVALID, ("permissions",)),
    }


async def test_everything_wrong_is_listed_at_once_and_nothing_is_written() -> None:
    admin = await people.administrator()
    first = await people.reseller(admin, realm="first.example", number="Taken-1")
    group = await people.rate_group(admin, first)
    wrong = draft(
        number="taken-1",
        email="ADMIN@house.example",
        realm="first.example",
        time_zone="Mars/Olympus",
        currency_code="XXX",
        credit_limit=Decimal(5),
        rate_group_id=group,
        password="short",
    )
    with pytest.raises(Refused) as refused:
        await Reseller.open(admin.viewer, wrong)
    assert codes(refused) >= {
        (ErrorCode.TAKEN, ("number",)),
        (ErrorCode.TAKEN, ("email",)),
        (ErrorCode.TAKEN, ("realm",)),
        (ErrorCode.INVALID, ("timeZone",)),
        (ErrorCode.INVALID, ("currencyCode",)),
        (ErrorCode.NOT_ALLOWED_FOR_PREPAID, ("creditLimit",)),
        (ErrorCode.RATE_GROUP_NOT_OWNED, ("rateGroupId",)),
        (ErrorCode.PASSWORD_TOO_WEAK, ("password",)),
    }
    assert await Account.all().count() == 1


@pytest.mark.parametrize(
    "same",
    [{"number": "Same-1"}, {"email": "same@resellers.example"}, {"realm": "same.example"}],
    ids=["number", "email", "realm"],
)
async def test_one_of_twenty_wins_what_is_unique(same: dict[str, str]) -> None:
    admin = await people.administrator()
    tries = [
        Reseller.open(
            admin.viewer,
            draft(**({"email": f"r{at}@resellers.example", "password": people.PASSWORD} | same)),
        )
        for at in range(20)
    ]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    (field,) = same
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [(one.code, one.field) for one in refused] == [(ErrorCode.TAKEN, (field,))] * 19
    assert await Account.all().count() == 1


async def test_the_house_realm_is_no_resellers_and_a_number_used_before_gets_another() -> None:
    admin = await people.administrator()
    with pytest.raises(Refused) as refused:
        await Reseller.open(admin.viewer, draft(realm="sip.trunkline.local"))
    assert codes(refused) == {(ErrorCode.TAKEN, ("realm",))}
    for number in ("A+1", "A_1", "+++"):
        await people.reseller(admin, number=number)
    realms = await Account.all().values_list("realm", flat=True)
    assert len(set(realms)) == 3


async def test_a_change_touches_what_it_names_and_tells_it() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin, type=AccountType.POSTPAID, last_name="Old")
    group = await people.rate_group(admin)
    changes: dict[str, Any] = {
        "email": "New@resellers.example",
        "last_name": "",
        "company": "Voices",
        "credit_limit": Decimal(500),
        "rate_group_id": group,
        "permissions": ("customers:read",),
    }
    await Reseller.change(admin.viewer, rita.id, ResellerPatch(changes), 1)
    row = await Account.get(id=rita.id)
    assert (row.email, row.last_name, row.company) == ("New@resellers.example", None, "Voices")
    assert (row.credit_limit, row.rate_group_id, row.version) == (Decimal(500), group, 2)
    assert await people.sign_in("new@resellers.example")
    viewer = await viewer_of_token(rita.token)
    assert viewer is not None
    assert viewer.permissions == {"customers:read"}
    event = await AuditEvent.get(action="resellerUpdate")
    told = {change["field"]: (change["old"], change["new"]) for change in event.changes}
    assert told["creditLimit"] == ("0", "500")
    assert told["lastName"] == ("Old", None)
    assert set(told) == {
        *("email", "lastName", "company", "creditLimit", "rateGroupId", "permissions")
    }


async def test_the_open_period_follows_the_zone() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin, type=AccountType.POSTPAID, time_zone="Asia/Tokyo")
    before = (await Account.get(id=rita.id)).next_billing_at
    await Reseller.change(admin.viewer, rita.id, ResellerPatch({"time_zone": "America/New_York"}))
    row = await Account.get(id=rita.id)
    assert before is not None
    assert row.next_billing_at is not None
    assert row.next_billing_at != before
    assert row.next_billing_at.astimezone().utcoffset() is not None
    assert row.next_billing_at.hour in {4, 5}  # midnight in New York


async def test_nobody_changes_their_own_limits_nor_a_strangers_anything() -> None:
    admin = await people.administrator()
    rita, other = await people.reseller(admin), await people.reseller(admin)
    own = ResellerPatch({"credit_limit": Decimal(9), "permissions": ("customers:read",)})
    with pytest.raises(Refused) as refused:
        await Reseller.change(rita.viewer, rita.id, own)
    assert codes(refused) >= {
        (ErrorCode.FORBIDDEN, ("creditLimit",)),
        (ErrorCode.FORBIDDEN, ("permissions",)),
    }
    await Reseller.change(rita.viewer, rita.id, ResellerPatch({"company": "Own"}))
    carla = await people.customer(admin)
    for hidden in (other.id, carla.id, admin.id):
        with pytest.raises(DomainError) as unseen:
            await Reseller.change(rita.viewer, hidden, ResellerPatch({"company": "X"}))
        assert codes(unseen) == {(ErrorCode.NOT_FOUND, ("id",))}
    with pytest.raises(DomainError) as unseen:
        await Reseller.change(admin.viewer, carla.id, ResellerPatch({"company": "X"}))
    assert codes(unseen) == {(ErrorCode.NOT_FOUND, ("id",))}
    assert await Account.filter(company="X").count() == 0


async def test_a_refused_change_changes_nothing() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin, company="Kept")
    await people.customer(admin, email="carla@customers.example")
    theirs = await people.rate_group(admin, rita)
    wrong = ResellerPatch(
        {
            "company": "Lost",
            "email": "CARLA@customers.example",
            "rate_group_id": theirs,
            "credit_limit": Decimal(1),
            "time_zone": None,
            "realm": "other.example",
        }
    )
    with pytest.raises(Refused) as refused:
        await Reseller.change(admin.viewer, rita.id, wrong)
    assert codes(refused) >= {
        (ErrorCode.TAKEN, ("email",)),
        (ErrorCode.RATE_GROUP_NOT_OWNED, ("rateGroupId",)),
        (ErrorCode.NOT_ALLOWED_FOR_PREPAID, ("creditLimit",)),
        (ErrorCode.REQUIRED, ("timeZone",)),
        (ErrorCode.IMMUTABLE, ("realm",)),
    }
    with pytest.raises(DomainError) as stale:
        await Reseller.change(admin.viewer, rita.id, ResellerPatch({"company": "Lost"}), 7)
    assert codes(stale) == {(ErrorCode.VERSION_CONFLICT, ("expectedVersion",))}
    row = await Account.get(id=rita.id)
    assert (row.company, row.version) == ("Kept", 1)


async def test_nobody_switches_themselves_and_a_repeat_does_nothing() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    with pytest.raises(DomainError) as refused:
        await Reseller.deactivate(rita.viewer, rita.id)
    assert codes(refused) == {(ErrorCode.FORBIDDEN, ("id",))}
    for _ in range(2):
        await Reseller.deactivate(admin.viewer, rita.id)
    row = await Account.get(id=rita.id)
    assert (row.status, row.version) == (AccountStatus.INACTIVE, 2)
    assert await AuditEvent.filter(action="resellerDeactivate").count() == 1


async def test_nothing_opens_below_a_reseller_that_is_off() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    await Reseller.deactivate(admin.viewer, rita.id)
    with pytest.raises(Refused) as refused:
        await Reseller.open(admin.viewer, draft(parent_id=rita.id))
    assert codes(refused) == {(ErrorCode.WRONG_STATE, ("parentId",))}
