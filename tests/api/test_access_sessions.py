"""Signing in and out through the API, and what the viewer, sessions and passwords answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.access.session import Session
from models.access.sign_in_try import TRIES
from models.mail.email import Email
from models.mail.password_link import issue_link
from tests import people
from tests.api.product import Product, refusals

pytestmark = pytest.mark.usefixtures("database")

SIGN_IN = "sessionCreate { token expiresAt challenge viewer { role name } }"
VIEWER = """{ viewer { role permissions name email timeZone
    customer { number rateGroup { name } reseller { number } }
    reseller { number permissions parent { number } } } }"""
NEW = "another horse 8 Batteries"


async def test_a_session_opens_with_the_new_viewers_eyes_and_signs_in() -> None:
    roles, product = await people.six_roles(), Product()
    call = (
        "sessionCreate { token challenge viewer { role customer { number } reseller { number } } }"
    )
    for one, role in ((roles.reseller, "RESELLER"), (roles.customer, "CUSTOMER")):
        payload = await product.mutate(None, call, login=one.login, password=people.PASSWORD)
        viewer = payload["viewer"]
        assert viewer["role"] == role
        assert (viewer["customer"] or viewer["reseller"])["number"] == one.login
        assert payload["challenge"] is None
        assert (await product.ask(payload["token"], VIEWER))["viewer"]["role"] == role


async def test_a_refused_sign_in_tells_nothing_and_opens_nothing() -> None:
    roles, product = await people.six_roles(), Product()
    sessions = await Session.all().count()
    answers = [
        await product.mutate(None, SIGN_IN, login=login, password=password)
        for login, password in [
            (roles.customer.login, "wrong"),
            ("nobody", people.PASSWORD),
            ("x" * 5_000, ""),
        ]
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["token"] is None
    assert answers[0]["viewer"] is None
    assert refusals(answers[0]) == [("INVALID", [])]
    assert await Session.all().count() == sessions


async def test_too_many_tries_are_told_how_long_to_wait() -> None:
    product = Product()
    people.install_key()
    for _ in range(TRIES):
        await product.mutate(None, SIGN_IN, login="nobody", password="wrong")
    query = 'mutation { sessionCreate(input: {login: "x", password: "y"}) { token } }'
    answer = await product.send(None, query)
    assert answer.codes == ["RATE_LIMITED"]
    assert 0 < answer.body["errors"][0]["extensions"]["retryAfterSeconds"] <= 900


async def test_each_viewer_sees_itself() -> None:
    roles, product = await people.six_roles(), Product()
    seen = {
        role: (await product.ask(one, VIEWER))["viewer"]
        for role, one in (
            ("ADMIN", roles.admin),
            ("SUB_ADMIN", roles.sub_admin),
            ("RESELLER", roles.reseller),
            ("CUSTOMER", roles.customer),
        )
    }
    assert [viewer["role"] for viewer in seen.values()] == list(seen)
    assert seen["SUB_ADMIN"]["permissions"] == ["customers:read"]
    assert seen["CUSTOMER"]["customer"]["number"] == roles.customer.login
    assert seen["CUSTOMER"]["customer"]["rateGroup"]["name"].startswith("Rates")
    assert seen["CUSTOMER"]["customer"]["reseller"] is None
    assert seen["RESELLER"]["reseller"]["number"] == roles.reseller.login
    assert seen["RESELLER"]["customer"] is None
    stranger = await product.send(None, VIEWER)
    assert stranger.codes == ["UNAUTHENTICATED"]
    assert stranger.data is None


async def test_everybody_sees_their_own_sessions_alone_and_ends_them() -> None:
    roles, product = await people.six_roles(), Product()
    second = await people.sign_in(roles.customer.login)
    mine = await product.ask(second, "{ sessions { id current address userAgent } }")
    listed = mine["sessions"]
    assert [session["current"] for session in listed] == [True, False]
    for stranger in (roles.admin, roles.reseller, roles.foreign):
        found = await product.ask(
            stranger, "query($id: ID!) { node(id: $id) { id } }", id=listed[0]["id"]
        )
        assert found["node"] is None
    assert (await product.mutate(second, "sessionDelete { deleted }"))["deleted"] == 1
    assert (await product.send(second, VIEWER)).codes == ["UNAUTHENTICATED"]
    third = await people.sign_in(roles.customer.login)
    assert (await product.mutate(third, "sessionDelete { deleted }", all=True))["deleted"] == 2
    assert (await product.send(roles.customer, VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (
        await product.send(None, "mutation { sessionDelete(input: {}) { deleted } }")
    ).codes == ["UNAUTHENTICATED"]


async def test_a_password_is_changed_with_the_present_one() -> None:
    roles, product = await people.six_roles(), Product()
    call = "passwordChange { viewer { name } }"
    wrong = await product.mutate(roles.customer, call, current="wrong", new=NEW)
    assert refusals(wrong) == [("INVALID", ["current"])]
    weak = await product.mutate(roles.customer, call, current=people.PASSWORD, new="password1234")
    assert refusals(weak) == [("PASSWORD_TOO_WEAK", ["new"])]
    assert await people.sign_in(roles.customer.login)
    done = await product.mutate(roles.customer, call, current=people.PASSWORD, new=NEW)
    assert done == {"viewer": {"name": "Carla"}, "userErrors": []}
    assert await people.sign_in(roles.customer.login, NEW)


async def test_a_forgotten_password_is_set_by_a_link() -> None:
    roles, product = await people.six_roles(), Product()
    for login in (roles.customer.login, "nobody"):
        asked = await product.mutate(None, "passwordResetRequest { accepted }", login=login)
        assert asked == {"accepted": True, "userErrors": []}
    assert await Email.filter(template="set_password").count() == 1
    token = await issue_link(timedelta(minutes=30), account_id=roles.customer.id)
    call = "passwordReset { accepted }"
    done = await product.mutate(None, call, token=token, new=NEW)
    assert done == {"accepted": True, "userErrors": []}
    again: dict[str, Any] = await product.mutate(None, call, token=token, new=NEW)
    assert (again["accepted"], refusals(again)) == (None, [("INVALID", ["token"])])
    assert await people.sign_in(roles.customer.login, NEW)
    assert (await product.send(roles.customer, VIEWER)).codes == ["UNAUTHENTICATED"]
