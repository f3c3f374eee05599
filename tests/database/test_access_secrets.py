"""API keys and portal passwords: what they let in, and what ends them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models.access.api_key import AT_ONCE, ApiKey
from models.access.audit import AuditEvent
from models.access.portal_password import change_password, request_reset, reset_password
from models.access.principal import columns_of, viewer_of_token
from models.access.sign_in_try import TRIES
from models.access.staff import Staff
from models.accounts.account import Account
from models.accounts.credentials import PasswordReset
from models.ids import new_id
from models.mail.email import Email
from models.mail.password_link import issue_link
from models.rules.access_draft import ApiKeyDraft, StaffPatch
from models.rules.enums import AccountStatus, Role
from models.rules.errors import DomainError, ErrorCode, Refused, Throttled
from tests import people

pytestmark = pytest.mark.usefixtures("database")

NEW = "another horse 8 Batteries"


def key(*permissions: str, expires_at: datetime | None = None) -> ApiKeyDraft:
    return ApiKeyDraft(name="exports", permissions=permissions, expires_at=expires_at)


async def mails(template: str) -> int:
    return await Email.filter(template=template).count()


async def test_a_key_is_its_owner_with_fewer_permissions() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    granted = await ApiKey.grant(key("customers:read", "cdrs:read"), rita.viewer)
    assert granted.secret.startswith("tl_")
    viewer = await viewer_of_token(granted.secret)
    assert viewer is not None
    assert viewer.permissions == {"customers:read", "cdrs:read"}
    assert (viewer.principal_id, viewer.role) == (rita.id, Role.RESELLER)
    assert (viewer.reseller_ids, viewer.session_id) == (rita.viewer.reseller_ids, None)
    stored = await ApiKey.get(id=granted.id)
    assert granted.secret not in str(vars(stored))
    assert stored.last_used_at is not None


async def test_a_key_loses_what_its_owner_loses() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "customers:read", "money:refill")
    granted = await ApiKey.grant(key("customers:read", "money:refill"), sam.viewer)
    await Staff.reassign(sam.id, StaffPatch({"permissions": ["customers:read"]}), admin.viewer)
    viewer = await viewer_of_token(granted.secret)
    assert viewer is not None
    assert viewer.permissions == {"customers:read"}


async def test_a_key_gives_only_what_its_owner_may_and_names_every_mistake() -> None:
    admin = await people.administrator()
    sam = await people.staff(admin, Role.SUB_ADMIN, "customers:read")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(Refused) as refused:
        await ApiKey.grant(key("money:refill", "no:word", expires_at=yesterday), sam.viewer)
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [
        (ErrorCode.FORBIDDEN, ("permissions",)),
        (ErrorCode.INVALID, ("permissions",)),
        (ErrorCode.OUT_OF_RANGE, ("expiresAt",)),
    ]
    with pytest.raises(Refused):
        await ApiKey.grant(key(), sam.viewer)
    assert await ApiKey.all().count() == 0


async def test_a_key_makes_no_key() -> None:
    admin = await people.administrator()
    granted = await ApiKey.grant(key("customers:read"), admin.viewer)
    viewer = await viewer_of_token(granted.secret)
    assert viewer is not None
    with pytest.raises(DomainError) as refused:
        await ApiKey.grant(key("customers:read"), viewer)
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await ApiKey.all().count() == 1


async def test_an_expired_or_revoked_key_or_one_of_an_account_that_is_off_is_nobody() -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    granted = await ApiKey.grant(key("customers:read"), rita.viewer)
    await Account.filter(id=rita.id).update(status=AccountStatus.INACTIVE)
    assert await viewer_of_token(granted.secret) is None
    await Account.filter(id=rita.id).update(status=AccountStatus.ACTIVE)
    assert await viewer_of_token(granted.secret)
    await ApiKey.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await viewer_of_token(granted.secret) is None
    await ApiKey.all().update(expires_at=None)
    await ApiKey.revoke(granted.id, rita.viewer)
    assert await viewer_of_token(granted.secret) is None
    await ApiKey.revoke(granted.id, rita.viewer)
    assert await AuditEvent.filter(action="apiKeyRevoke").count() == 1


async def test_only_the_owner_revokes_a_key() -> None:
    admin = await people.administrator()
    rita, other = await people.reseller(admin), await people.reseller(admin)
    granted = await ApiKey.grant(key("customers:read"), rita.viewer)
    for stranger, asked in ((other, granted.id), (admin, granted.id), (rita, new_id())):
        with pytest.raises(DomainError) as refused:
            await ApiKey.revoke(asked, stranger.viewer)
        assert refused.value.code is ErrorCode.NOT_FOUND
    assert await viewer_of_token(granted.secret)


async def test_there_is_room_for_a_hundred_keys_and_no_more() -> None:
    admin = await people.administrator()
    await ApiKey.bulk_create(
        ApiKey(id=new_id(), name="x", key_hash=str(at), permissions=[], **columns_of(admin.viewer))
        for at in range(AT_ONCE - 1)
    )
    tries = (ApiKey.grant(key("customers:read"), admin.viewer) for _ in range(5))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [problem.code for problem in refused] == [ErrorCode.LIMIT_EXCEEDED] * 4


async def test_a_new_password_ends_every_other_session_and_is_announced() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    elsewhere = await people.sign_in(carla.login)
    await change_password(carla.viewer, people.PASSWORD, NEW)
    assert await viewer_of_token(carla.token)
    assert await viewer_of_token(elsewhere) is None
    assert await people.sign_in(carla.login, NEW)
    with pytest.raises(DomainError):
        await people.sign_in(carla.login)
    assert await mails("password_changed") == 1
    event = await AuditEvent.get(action="passwordChange")
    assert event.changes == [{"field": "password", "old": None, "new": "changed"}]
    assert event.account_id == carla.id


async def test_a_wrong_present_or_weak_new_password_changes_nothing() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    for current, new, field in (("wrong", NEW, "current"), (people.PASSWORD, carla.login, "new")):
        with pytest.raises(DomainError) as refused:
            await change_password(carla.viewer, current, new)
        assert refused.value.field == (field,)
    assert await people.sign_in(carla.login)
    assert await mails("password_changed") == 0


async def test_the_present_password_can_not_be_guessed_through_a_stolen_session() -> None:
    admin = await people.administrator()
    for _ in range(TRIES):
        with pytest.raises(DomainError):
            await change_password(admin.viewer, "wrong", NEW)
    with pytest.raises(Throttled):
        await change_password(admin.viewer, people.PASSWORD, NEW)


async def test_a_reset_is_mailed_to_whoever_exists_and_nobody_else_is_told_anything() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    off = await people.customer(admin)
    await Account.filter(id=off.id).update(status=AccountStatus.INACTIVE)
    for login in (carla.login, admin.login, off.login, "nobody", "no@body.example"):
        await request_reset(login, "192.0.2.1")
    sent = await Email.filter(template="set_password").values_list("account_id", "to_address")
    address = (await Account.get(id=carla.id)).email
    assert set(sent) == {(carla.id, address), (None, admin.login)}


async def test_resets_are_limited_for_known_and_unknown_logins_alike() -> None:
    admin = await people.administrator()
    for login in (admin.login, "nobody"):
        for turn in range(TRIES):
            await request_reset(login, f"198.51.100.{turn}")
        with pytest.raises(Throttled):
            await request_reset(login, "203.0.113.9")


async def test_a_link_sets_a_password_once() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    unused = await issue_link(timedelta(minutes=30), account_id=carla.id)
    token = await issue_link(timedelta(minutes=30), account_id=carla.id)
    outcomes = await asyncio.gather(
        *(reset_password(token, NEW) for _ in range(5)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert await people.sign_in(carla.login, NEW)
    assert await viewer_of_token(carla.token) is None
    with pytest.raises(DomainError) as refused:
        await reset_password(unused, NEW)
    assert refused.value.field == ("token",)
    assert await mails("password_changed") == 1


async def test_a_link_of_staff_works_too() -> None:
    admin = await people.administrator()
    await reset_password(await issue_link(timedelta(minutes=30), staff_id=admin.id), NEW)
    assert await people.sign_in(admin.login, NEW)


async def test_old_unknown_and_foreign_links_set_nothing() -> None:
    admin = await people.administrator()
    carla = await people.customer(admin)
    token = await issue_link(timedelta(minutes=30), account_id=carla.id)
    with pytest.raises(Refused):
        await reset_password(token, "short")
    await PasswordReset.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for wrong in (token, "unknown", "", "\0", "x" * 10**5):
        with pytest.raises(DomainError) as refused:
            await reset_password(wrong, NEW)
        assert refused.value.field == ("token",)
    assert await people.sign_in(carla.login)
