"""What switches tell of phones that they refuse: whose, from where and why, until it is a sign."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.directory import refusals as gathering
from gateway.directory.refusals import Refusals
from models.panel.sip_issue import IssuedDevice
from models.rules.enums import ProvisioningState
from models.rules.refusal import ALARMING, RefusedKind
from models.rules.sip_device import SipDevicePatch
from models.switch.refusal import DeviceRefusal, SignInRefusals
from tests.phone import FORBIDDEN, OK, phone
from tests.temporal import test_kamailio
from tests.temporal.conftest import House, eventually
from tests.temporal.exchange import OFF, Exchange, attached

# As far as a SIP address may hold them; what is none is not even answered.
ODD_NAMES = ("x';--", "x'),refused('", "$var(x)", "a%0Ab", "&lt;x&gt;")


@pytest.fixture
async def exchange(working: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    monkeypatch.setattr(gathering, "WRITE_SECONDS", 0.1)
    async with attached(working) as made:
        yield made


@pytest.fixture
async def kamailio(working: House, tmp_path: Path) -> AsyncIterator[test_kamailio.Exchange]:
    async with test_kamailio.attached(working, tmp_path) as made:
        yield made


async def last_reason(device: IssuedDevice) -> str | None:
    row = await DeviceRefusal.get_or_none(device_id=device.device_id)
    return None if row is None else f"{row.reason} from {row.source} by {row.user_agent}"


async def test_a_guessed_secret_is_seen_at_every_try_and_the_owner_stays_welcome(
    exchange: Exchange,
) -> None:
    device = await exchange.device()
    server, login = exchange.switch.sip, (device.username, device.realm)
    async with phone(server, *login, "wrong") as guesser, exchange.phone(device) as owner:
        for _ in range(ALARMING[RefusedKind.USER]):
            assert await guesser.register() == FORBIDDEN
        assert login not in exchange.switch.cache

        async def is_alarming() -> bool:
            return await SignInRefusals.filter(kind="USER", alerted_at__isnull=False).exists()

        await eventually(is_alarming)
        assert await last_reason(device) == "WRONG_SECRET from 127.0.0.1 by A phone 1.0"
        assert await owner.register() == OK
        assert login in exchange.switch.cache


async def test_a_device_that_is_off_or_elsewhere_shows_why_it_was_refused_last(
    exchange: Exchange,
) -> None:
    device = await exchange.device(allowed_networks=("203.0.113.0/24",))
    async with exchange.phone(device) as handset:
        await handset.register()  # the stand-in leaves networks to a real switch
        await eventually(lambda: _is(device, "WRONG_NETWORK"))
        await exchange.change(device, OFF)
        await exchange.becomes(device, ProvisioningState.REVOKED)
        assert await handset.register() == FORBIDDEN
        await eventually(lambda: _is(device, "OFF_OR_UNKNOWN"))


async def test_what_the_house_itself_tries_at_a_switch_is_counted_by_nobody(
    exchange: Exchange,
) -> None:
    device = await exchange.device()
    await exchange.becomes(device, ProvisioningState.READY)
    await exchange.change(device, OFF)
    await exchange.becomes(device, ProvisioningState.REVOKED)
    async with exchange.phone(device) as handset:
        assert await handset.register() == FORBIDDEN
        await eventually(lambda: _is(device, "OFF_OR_UNKNOWN"))
    assert {row.failures for row in await SignInRefusals.all()} == {1}


async def test_a_kamailio_tells_of_everybody_it_refuses(kamailio: test_kamailio.Exchange) -> None:
    device, gathered = await kamailio.device(), Refusals()
    server, realm = kamailio.switch.sip, device.realm

    async def has_come(reason: str) -> bool:
        await gathered.write()
        return await _is(device, reason)

    async with phone(server, device.username, realm, "wrong") as guesser:
        assert await guesser.register() == FORBIDDEN
        await eventually(lambda: has_come("WRONG_SECRET"))
    assert await last_reason(device) == "WRONG_SECRET from 127.0.0.1 by A phone 1.0"
    for name in ODD_NAMES:
        async with phone(server, name, realm, "wrong") as stranger:
            assert await stranger.register() >= 400
    async with kamailio.phone(device) as handset:
        await kamailio.change(device, OFF)
        await kamailio.becomes(device, ProvisioningState.REVOKED)
        assert await handset.register() == FORBIDDEN
        await eventually(lambda: has_come("OFF_OR_UNKNOWN"))
    source = await SignInRefusals.get(kind="SOURCE")
    assert (source.subject, source.failures) == ("127.0.0.1", 2 + len(ODD_NAMES))
    assert [row.subject for row in await SignInRefusals.filter(kind="USER")] == [
        f"{device.username}@{realm}"
    ]


async def test_a_kamailio_lets_a_device_in_from_its_networks_alone(
    kamailio: test_kamailio.Exchange,
) -> None:
    device = await kamailio.device(allowed_networks=("203.0.113.0/24", "198.51.100.7/32"))
    async with kamailio.phone(device) as handset:
        assert await handset.register() == FORBIDDEN
        here = SipDevicePatch({"allowed_networks": ("203.0.113.0/24", "127.0.0.0/8")})
        await kamailio.change(device, here)
        assert await handset.register() == OK


async def _is(device: IssuedDevice, reason: str) -> bool:
    return (await last_reason(device) or "").startswith(f"{reason} ")
