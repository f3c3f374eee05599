"""Opening accounts: everything in one transaction, every reason at once, one winner in a race."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from tortoise import Tortoise

from models.accounts.account import Account
from models.accounts.opening import Opened, Terms, open_accounts
from models.database import transaction
from models.rules.draft import CustomerDraft
from models.rules.enums import AccountKind, AccountType, CliPool
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.sip_secret import sip_hashes
from tests import people

pytestmark = pytest.mark.usefixtures("database")

WRITTEN = ("accounts", "logins", "postings", "sip_devices", "emails", "outbox", "audit_events")


async def _rows(query: str, *values: object) -> list[dict[str, object]]:
    return await Tortoise.get_connection("default").execute_query_dict(query, list(values))


async def _counts() -> dict[str, object]:
    return {table: (await _rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in WRITTEN}


def _draft(rate_group_id: UUID, **told: object) -> CustomerDraft:
    fields = {"type": AccountType.PREPAID, "first_name": "Ada", "rate_group_id": rate_group_id}
    fields |= {"email": f"{uuid4()}@customers.example", **told}
    return CustomerDraft(**fields)  # type: ignore[arg-type]  # a table of cases


async def test_a_customer_opens_with_wallet_balance_device_mail_and_trail() -> None:
    admin = await people.administrator()
    draft = _draft(
        await people.rate_group(admin), create_sip_device=True, opening_balance=Decimal(25)
    )
    opened = await Account.open(admin.viewer, draft)
    assert len(opened.number) == 10
    assert opened.number.isdigit()
    assert opened.number[0] != "0"
    wallet = await _rows("SELECT balance FROM ledger_accounts WHERE id = $1", opened.account_id)
    assert wallet == [{"balance": Decimal(25)}]
    receipt = await _rows("SELECT kind, total FROM invoices")
    assert receipt == [{"kind": "RECEIPT", "total": Decimal(25)}]
    mails = await _rows("SELECT template, to_address, status FROM emails ORDER BY template")
    told = {"to_address": draft.email, "status": "QUEUED"}
    assert mails == [{"template": "receipt", **told}, {"template": "welcome", **told}]
    trail = await _rows("SELECT action FROM audit_events WHERE subject_id = $1", opened.account_id)
    assert trail == [{"action": "customerCreate"}]
    errands = {row["kind"] for row in await _rows("SELECT kind FROM outbox")}
    assert errands == {"MAIL", "SIP_DEVICE"}


async def test_the_switch_gets_the_hash_of_the_secret_that_was_shown() -> None:
    admin = await people.administrator()
    draft = _draft(await people.rate_group(admin), create_sip_device=True)
    device = (await Account.open(admin.viewer, draft)).device
    assert device is not None
    kept = await _rows(
        "SELECT ha1 FROM kamailio.credentials WHERE device_id = $1", device.device_id
    )
    assert kept == [{"ha1": sip_hashes(device.username, device.realm, device.secret).ha1}]


async def test_every_broken_rule_is_told_at_once_and_nothing_is_written() -> None:
    admin = await people.administrator()
    taken = await people.customer(admin)
    account = await Account.get(id=taken.id)
    other = await people.reseller(admin)
    group = await people.rate_group(admin, other)
    before = await _counts()
    draft = _draft(
        group,
        number=account.number,
        email=(account.email or "").upper(),
        credit_limit=Decimal(5),
        currency_code="XXX",
        localization_id=uuid4(),
        tax_ids=(uuid4(),),
        cli_pool=CliPool.NON_CLI_RATE_GROUP_UNLESS_DID,
    )
    with pytest.raises(Refused) as refusal:
        await Account.open(admin.viewer, draft)
    assert {(p.field, p.code) for p in refusal.value.problems} >= {
        (("number",), ErrorCode.TAKEN),
        (("email",), ErrorCode.TAKEN),
        (("rateGroupId",), ErrorCode.RATE_GROUP_NOT_OWNED),
        (("creditLimit",), ErrorCode.NOT_ALLOWED_FOR_PREPAID),
        (("localizationId",), ErrorCode.NOT_FOUND),
        (("taxIds",), ErrorCode.NOT_FOUND),
        (("nonCliRateGroupId",), ErrorCode.REQUIRED),
    }
    assert await _counts() == before


async def test_of_twenty_who_want_one_number_at_once_exactly_one_gets_it() -> None:
    admin = await people.administrator()
    group = await people.rate_group(admin)
    drafts = [_draft(group, number="4912345") for _ in range(20)]
    answers = await asyncio.gather(
        *(Account.open(admin.viewer, draft) for draft in drafts), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    assert len(refused) == 19
    assert {(error.code, error.field) for error in refused} == {(ErrorCode.TAKEN, ("number",))}
    assert await Account.filter(number="4912345").count() == 1


async def test_of_twenty_who_want_one_address_at_once_exactly_one_gets_it() -> None:
    admin = await people.administrator()
    group = await people.rate_group(admin)
    drafts = [_draft(group, email="One@Customers.example") for _ in range(20)]
    answers = await asyncio.gather(
        *(Account.open(admin.viewer, draft) for draft in drafts), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    assert {(error.code, error.field) for error in refused} == {(ErrorCode.TAKEN, ("email",))}
    assert len(answers) - len(refused) == 1


async def test_a_reseller_opens_below_itself_and_never_learns_of_others() -> None:
    admin = await people.administrator()
    mine, foreign = await people.reseller(admin), await people.reseller(admin)
    group = await people.rate_group(admin, mine)
    opened = await Account.open(mine.viewer, _draft(group))
    assert (await Account.get(id=opened.account_id)).reseller_id == mine.id
    answers = []
    for target in (foreign.id, uuid4()):
        with pytest.raises(Refused) as refusal:
            await Account.open(mine.viewer, _draft(group, reseller_id=target))
        answers.append(refusal.value.problems)
    assert answers[0] == answers[1]
    assert answers[0][0].field == ("resellerId",)
    assert answers[0][0].code is ErrorCode.NOT_FOUND


async def test_nobody_opens_below_a_reseller_that_is_switched_off() -> None:
    admin = await people.administrator()
    top = await people.reseller(admin)
    below = await people.reseller(top, top)
    group = await people.rate_group(admin, below)
    await Account.filter(id=top.id).update(status="INACTIVE")
    with pytest.raises(Refused) as refusal:
        await Account.open(admin.viewer, _draft(group, reseller_id=below.id))
    assert [(p.code, p.field) for p in refusal.value.problems] == [
        (ErrorCode.WRONG_STATE, ("resellerId",))
    ]


async def test_an_opening_balance_comes_from_the_resellers_wallet_or_not_at_all() -> None:
    admin = await people.administrator()
    poor = await people.reseller(admin)
    group = await people.rate_group(admin, poor)
    before = await _counts()
    with pytest.raises(DomainError) as refusal:
        await Account.open(
            admin.viewer, _draft(group, reseller_id=poor.id, opening_balance=Decimal(10))
        )
    assert refusal.value.code is ErrorCode.INSUFFICIENT_BALANCE
    assert refusal.value.field == ("openingBalance",)
    assert await _counts() == before


async def test_a_batch_opens_the_good_drafts_and_tells_why_of_the_others() -> None:
    admin = await people.administrator()
    group = await people.rate_group(admin)
    twice = _draft(group, number="777")
    drafts = [twice, _draft(uuid4()), twice, _draft(group, email=None)]
    terms = Terms(opener=admin.viewer, now=datetime.now(UTC), in_bulk=True)
    async with transaction() as tx:
        first, foreign, repeated, bare = await open_accounts(tx, drafts, terms)
    assert isinstance(first, Opened)
    assert isinstance(bare, Opened)
    assert bare.password is None
    assert isinstance(foreign, tuple)
    assert isinstance(repeated, tuple)
    assert {p.code for p in foreign} == {ErrorCode.RATE_GROUP_NOT_OWNED}
    assert {p.field for p in repeated} == {("number",), ("email",)}


async def test_a_postpaid_account_has_an_open_period_and_a_boundary_in_its_own_zone() -> None:
    admin = await people.administrator()
    draft = _draft(
        await people.rate_group(admin),
        type=AccountType.POSTPAID,
        credit_limit=Decimal(100),
        time_zone="Asia/Tokyo",
        billing_day=31,
    )
    account = await Account.get(id=(await Account.open(admin.viewer, draft)).account_id)
    assert account.period_started_at is not None
    assert account.next_billing_at is not None
    assert account.next_billing_at > account.period_started_at
    assert account.next_billing_at.astimezone(UTC).hour == 15  # midnight in Tokyo


async def test_a_provider_belongs_to_the_administration() -> None:
    admin = await people.administrator()
    group = await people.rate_group(admin)
    opened = await Account.open(admin.viewer, _draft(group, kind=AccountKind.PROVIDER))
    account = await Account.get(id=opened.account_id)
    assert (account.kind, account.reseller_id) == (AccountKind.PROVIDER, None)


async def test_a_generated_pin_finds_its_account_and_is_kept_as_a_hash_only() -> None:
    admin = await people.administrator()
    draft = _draft(await people.rate_group(admin), generate_pin=True)
    opened = await Account.open(admin.viewer, draft)
    assert opened.pin is not None
    (row,) = await _rows("SELECT keyed_hash FROM pins WHERE account_id = $1", opened.account_id)
    assert opened.pin not in str(row["keyed_hash"])
    with pytest.raises(Refused) as refusal:
        await Account.open(admin.viewer, _draft(draft.rate_group_id or uuid4(), pin=opened.pin))
    assert refusal.value.field == ("pin",)
