"""Acting on an account while it is deleted: done wholly before, or refused; nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from models.access.api_key import ApiKey
from models.access.session import Session
from models.accounts import passwords
from models.accounts.account import Account
from models.database import raw, transaction
from models.jobs import deletion
from models.jobs.choosing import Wish
from models.jobs.chunk import Piece
from models.jobs.deletion_plan import start_deletion, start_reseller_deletion
from models.money.ledger import Entry, Ledger
from models.panel.sip_device import SipDevice
from models.rules.access_draft import ApiKeyDraft
from models.rules.enums import AccountStatus, BalancePolicy, PostingKind
from models.rules.errors import DomainError
from models.rules.payment_chain import Member, charge_lines
from models.rules.sip_device import SipDeviceDraft
from tests import people
from tests.database.deletion_world import left_behind, piece_of
from tests.database.money_world import assert_books_add_up, balances, crowd
from tests.people import Person

AT_ONCE = 12


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[Person]:
    async with crowd(database_url, AT_ONCE + 4):
        yield await people.administrator()


async def fight(
    admin: Person, ada: Person, act: Callable[[], Awaitable[object]], **policy: BalancePolicy
) -> tuple[int, int]:
    """Let many act while the account is deleted; how many did, and how many were refused."""
    piece = await piece_of(await start_deletion(admin.viewer, Wish(ids=(ada.id,)), **policy))
    is_off = asyncio.Event()

    async def acting(number: int) -> bool:
        await asyncio.sleep(number * 0.02)
        if number == AT_ONCE - 1:  # however slow the machine is, one comes too late
            await is_off.wait()
        try:
            await act()
        except DomainError:
            return False
        return True

    async def deleting_() -> None:
        await asyncio.sleep(AT_ONCE * 0.01)
        assert await deletion.begin(piece) is not None
        is_off.set()
        assert await deletion.finish(piece) is not None

    acts = asyncio.gather(*(acting(number) for number in range(AT_ONCE)))
    outcomes, _ = await asyncio.gather(acts, deleting_())
    assert (await Account.get(id=ada.id)).status is AccountStatus.DELETED
    assert await left_behind() == {}
    return outcomes.count(True), outcomes.count(False)


async def test_devices_are_made_before_or_refused(admin: Person) -> None:
    ada = await people.customer(admin)
    draft = SipDeviceDraft(account_id=ada.id)
    made, refused = await fight(admin, ada, lambda: SipDevice.issue(admin.viewer, draft))
    assert made + refused == AT_ONCE
    assert made
    assert refused


async def test_sessions_are_opened_before_or_refused(admin: Person) -> None:
    ada = await people.customer(admin)
    opened, refused = await fight(admin, ada, lambda: people.sign_in(ada.login))
    assert opened + refused == AT_ONCE
    assert refused


async def test_whoever_was_let_in_before_and_comes_to_write_after_gets_nothing(
    admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password takes longer to try than the whole deletion."""
    ada = await people.customer(admin)
    tried, gone = asyncio.Event(), asyncio.Event()
    matches = passwords.matches

    async def slow(*told: str | None) -> bool:
        is_right = await matches(*told)  # type: ignore[arg-type]  # a table of cases
        tried.set()
        await gone.wait()
        return is_right

    monkeypatch.setattr(passwords, "matches", slow)
    signing_in = asyncio.create_task(Session.open(ada.login, people.PASSWORD, "192.0.2.9", "x"))
    await tried.wait()
    piece = await piece_of(await start_deletion(admin.viewer, Wish(ids=(ada.id,))))
    await deletion.begin(piece)
    await deletion.finish(piece)
    gone.set()
    with pytest.raises(DomainError):
        await signing_in
    key = ApiKeyDraft(name="Program", permissions=("customers:read",))
    with pytest.raises(DomainError):
        await ApiKey.grant(key, ada.viewer)
    assert await left_behind() == {}


async def test_postings_are_all_there_and_the_balance_that_goes_back_knows_of_them(
    admin: Person,
) -> None:
    rita = await people.reseller(admin, opening_balance=Decimal(100))
    ada = await people.customer(admin, rita, opening_balance=Decimal(50))

    async def call() -> None:
        chain = [Member(ada.id, True, "USD"), Member(rita.id, True, "USD")]
        lines = charge_lines(chain, [Decimal(1)], {})
        now = datetime.now(UTC)
        entry = Entry(f"call/{uuid4()}", PostingKind.CALL, "Call", "switch", now, lines)
        async with transaction() as tx:
            await Ledger.post(tx, entry)

    posted, _ = await fight(admin, ada, call, policy=BalancePolicy.RETURN)
    assert posted == AT_ONCE
    assert sum(await balances(ada.id, rita.id)) == 100
    assert -AT_ONCE <= (await balances(ada.id))[0] <= 0
    await assert_books_add_up()


async def test_nobody_comes_to_stand_below_a_reseller_that_goes(admin: Person) -> None:
    rita = await people.reseller(admin)
    rates = await people.rate_group(admin, rita)
    openings = [
        asyncio.create_task(people.customer(admin, rita, rate_group_id=rates))
        for _ in range(AT_ONCE)
    ]
    await asyncio.sleep(0.02)
    job = None
    while job is None:
        try:
            below = await Account.filter(reseller_id=rita.id).count()
            queued = await start_reseller_deletion(admin.viewer, [rita.id], below + 1)
            piece = await piece_of(queued)
            job = queued
        except DomainError:
            continue
    answers = await asyncio.gather(*openings, return_exceptions=True)
    opened = [answer for answer in answers if isinstance(answer, Person)]
    await deletion.begin(piece)
    await deletion.finish(piece)
    alive = Account.filter(reseller_id=rita.id).exclude(status=AccountStatus.DELETED)
    assert not await alive.exists()
    assert len(opened) <= await Account.filter(reseller_id=rita.id).count()
    assert await left_behind() == {}


async def test_two_deletions_of_one_account_delete_it_once(admin: Person) -> None:
    rita = await people.reseller(admin, opening_balance=Decimal(100))
    ada = await people.customer(admin, rita, opening_balance=Decimal(50))
    wish = Wish(ids=(ada.id,))
    pieces = [
        await piece_of(await start_deletion(admin.viewer, wish, BalancePolicy.RETURN))
        for _ in range(4)
    ]

    async def carry(piece: Piece) -> None:
        assert await deletion.begin(piece) is not None
        assert await deletion.finish(piece) is not None

    await asyncio.gather(*map(carry, pieces))
    assert await balances(ada.id, rita.id) == [0, 100]
    await assert_books_add_up()


async def test_a_held_key_is_waited_for(admin: Person) -> None:
    """What somebody gives the account while holding its key is removed with the rest."""
    ada = await people.customer(admin)
    piece = await piece_of(await start_deletion(admin.viewer, Wish(ids=(ada.id,))))
    await deletion.begin(piece)
    is_held = asyncio.Event()

    async def finish() -> object:
        await is_held.wait()
        return await deletion.finish(piece)

    finishing = asyncio.create_task(finish())  # before, so that it has a transaction of its own
    async with transaction() as tx:
        await raw(tx).execute("SELECT FROM accounts WHERE id = $1 FOR KEY SHARE", ada.id)
        is_held.set()
        await asyncio.sleep(0.2)
        assert not finishing.done()
        await raw(tx).execute(
            "INSERT INTO speed_dials (id, account_id, key, number)"
            " VALUES (gen_random_uuid(), $1, 1, '123')",
            ada.id,
        )
    assert await finishing is not None
    assert await left_behind() == {}
