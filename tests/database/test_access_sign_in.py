"""Signing in: who is let in, what is told to whoever is not, and for how long a token lives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.access.principal import token_hash, viewer_of_token
from models.access.session import AT_ONCE, Session
from models.access.sign_in_try import TRIES, SignInTry
from models.accounts import passwords
from models.accounts.account import Account
from models.accounts.credentials import PasswordReset
from models.accounts.reseller import Reseller
from models.mail.password_link import issue_link
from models.rules.enums import AccountStatus, Role
from models.rules.errors import DomainError, ErrorCode, Throttled
from tests import people

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each Argon2id verification of the test found."""
    counted: list[bool] = []
    genuine = passwords.matches

    async def counting(password_hash: str | None, password: str) -> bool:
        counted.append(await genuine(password_hash, password))
        return counted[-1]

    monkeypatch.setattr(passwords, "matches", counting)
    return counted


async def test_one_signs_in_by_number_or_address_in_any_case() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin, email="Carla@Customers.example", number="Ab-1")
    for login in ("ab-1", "AB-1", "carla@customers.EXAMPLE", " Ab-1 "):
        opened = await Session.open(login, people.PASSWORD, "192.0.2.9", "")
        assert opened.viewer.account_id == carla.id
        assert opened.viewer.role is Role.CUSTOMER


async def test_the_viewer_of_a_token_is_its_owner_with_its_permissions() -> None:
    admin = await people.administrator()
    upper = await people.reseller(admin)
    lower = await people.reseller(admin, upper)
    above = await viewer_of_token(upper.token)
    assert above is not None
    assert set(above.reseller_ids) == {upper.id, lower.id}
    assert lower.viewer.reseller_ids == (lower.id,)
    assert admin.viewer.reseller_ids == ()
    assert admin.viewer.account_id is None
    assert admin.viewer.may("staff:write")
    assert not upper.viewer.may("staff:write")
    assert upper.viewer.session_id is not None


async def test_a_refusal_costs_one_verification_whoever_was_asked_for(
    verifications: list[bool],
) -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    off = await people.customer(admin)
    await Account.filter(id=off.id).update(status=AccountStatus.INACTIVE)
    verifications.clear()
    told = set()
    tries = [(carla.login, "wrong"), ("nobody", people.PASSWORD), ("no@body.example", "x")]
    tries += [(carla.login + "\0", people.PASSWORD), (off.login, people.PASSWORD)]
    for login, password in tries:
        with pytest.raises(DomainError) as refused:
            await Session.open(login, password, "192.0.2.7", "")
        told.add((refused.value.code, refused.value.field, refused.value.message))
    assert len(told) == 1
    assert verifications == [False, False, False, False, True]


async def test_nobody_below_a_reseller_that_is_off_is_let_in_or_stays() -> None:
    admin = await people.administrator()
    upper = await people.reseller(admin)
    lower = await people.reseller(admin, upper)
    carla = await people.customer(admin, lower)
    await Reseller.deactivate(admin.viewer, upper.id)
    for gone in (upper, lower, carla):
        assert await viewer_of_token(gone.token) is None
        with pytest.raises(DomainError):
            await people.sign_in(gone.login)
    await Reseller.activate(admin.viewer, upper.id)
    assert await viewer_of_token(carla.token) == carla.viewer


async def test_ten_failed_tries_make_a_login_wait_and_then_it_may_again() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    await Session.filter(account_id=carla.id).delete()  # her address is not known any more
    for turn in range(TRIES):
        with pytest.raises(DomainError):
            await Session.open(carla.login, "wrong", f"198.51.100.{turn}", "")
    with pytest.raises(Throttled) as wait:
        await Session.open(carla.login, people.PASSWORD, "198.51.100.99", "")
    assert 0 < wait.value.retry_after_seconds <= 15 * 60
    assert await SignInTry.all().count() == 2 * TRIES  # a refused one is not counted
    long_ago = datetime.now(UTC) - timedelta(minutes=15, seconds=1)
    await SignInTry.all().update(at=long_ago)
    await Session.open(carla.login, people.PASSWORD, "198.51.100.99", "")


async def test_strangers_do_not_keep_an_owner_out_of_a_known_place() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    await Session.end(carla.viewer)
    for turn in range(TRIES):
        with pytest.raises(DomainError):
            await Session.open(carla.login, "wrong", f"198.51.100.{turn}", "")
    assert await people.sign_in(carla.login)


async def test_an_address_waits_after_ten_failed_tries_whatever_the_logins() -> None:
    await people.administrator()
    for turn in range(TRIES):
        with pytest.raises(DomainError):
            await Session.open(f"nobody{turn}", "wrong", f"2001:db8:1:2::{turn}", "")
    with pytest.raises(Throttled):
        await Session.open("somebody", "wrong", "2001:db8:1:2:3::1", "")
    with pytest.raises(DomainError):
        await Session.open("somebody", "wrong", "2001:db8:1:3::1", "")


async def test_a_burst_of_tries_gets_no_more_than_ten(verifications: list[bool]) -> None:
    people.install_key()
    tries = (Session.open("nobody", "wrong", "192.0.2.1", "") for _ in range(3 * TRIES))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Throttled) for outcome in outcomes) == 2 * TRIES
    assert len(verifications) == TRIES


async def test_a_successful_try_does_not_count() -> None:
    admin = await people.administrator()
    for _ in range(TRIES + 1):
        await people.sign_in(admin.login)
    assert await SignInTry.all().count() == 0


async def test_tokens_are_stored_as_hashes_only() -> None:
    admin = await people.administrator()
    (session,) = await Session.all()
    assert session.token_hash == token_hash(admin.token)
    assert admin.token not in str(vars(session))


async def test_use_slides_the_end_at_most_once_a_minute_and_never_past_thirty_days() -> None:
    admin = await people.administrator()
    now = datetime.now(UTC)
    await Session.all().update(
        last_used_at=now - timedelta(seconds=50), expires_at=now + timedelta(hours=1)
    )
    assert await viewer_of_token(admin.token)
    (session,) = await Session.all()
    assert session.expires_at < now + timedelta(hours=2)

    await Session.all().update(last_used_at=now - timedelta(minutes=2))
    assert await viewer_of_token(admin.token)
    (session,) = await Session.all()
    assert session.last_used_at > now - timedelta(seconds=5)
    assert session.expires_at > now + timedelta(hours=11, minutes=59)

    await Session.all().update(
        last_used_at=now - timedelta(minutes=2), ends_at=now + timedelta(hours=3)
    )
    assert await viewer_of_token(admin.token)
    (session,) = await Session.all()
    assert session.expires_at == session.ends_at


async def test_an_unused_session_ends() -> None:
    admin = await people.administrator()
    await Session.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await viewer_of_token(admin.token) is None


async def test_other_tokens_are_nobodys() -> None:
    await people.administrator()
    for token in ("", "ts_", "tl_", "ts_unknown", "tl_none", "x" * 10**5, "\0"):
        assert await viewer_of_token(token) is None


async def test_signing_out_ends_this_session_or_all() -> None:
    admin = await people.administrator()
    second = await people.person(admin.id, admin.login)
    third = await people.person(admin.id, admin.login)
    other = await people.customer(admin)
    assert await Session.end(second.viewer) == 1
    assert await viewer_of_token(second.token) is None
    assert await viewer_of_token(third.token)
    assert await Session.end(third.viewer, everywhere=True) == 2
    assert await viewer_of_token(admin.token) is None
    assert await viewer_of_token(other.token)


async def test_the_longest_unused_session_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await people.administrator()

    async def at_once(*_: Any) -> bool:
        return True

    monkeypatch.setattr(passwords, "matches", at_once)  # a hundred hashes would take seconds
    for _ in range(AT_ONCE):
        newest = await people.sign_in(admin.login)
    assert await Session.filter(expires_at__gt=datetime.now(UTC)).count() == AT_ONCE
    assert await viewer_of_token(admin.token) is None
    assert await viewer_of_token(newest)


async def test_the_refusal_names_no_field() -> None:
    people.install_key()
    with pytest.raises(DomainError) as refused:
        await Session.open("nobody", "wrong", "192.0.2.1", "")
    assert refused.value.code is ErrorCode.INVALID
    assert refused.value.field == ()


async def test_what_ended_a_month_ago_is_forgotten_with_the_next_sign_in() -> None:
    admin = await people.administrator()
    await issue_link(timedelta(0), staff_id=admin.id)
    await issue_link(timedelta(days=1), staff_id=admin.id)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    await Session.all().update(expires_at=long_ago)
    await PasswordReset.filter(expires_at__lt=datetime.now(UTC)).update(expires_at=long_ago)
    await people.sign_in(admin.login)
    assert await Session.all().count() == 1
    assert await PasswordReset.all().count() == 1
