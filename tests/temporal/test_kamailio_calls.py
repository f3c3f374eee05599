"""Calls over a real Kamailio: they end on both sides with the right to make or to take them.

Nothing is carried for who did not sign in, whatever call it claims to be part of.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.panel.sip_issue import IssuedDevice
from tests.phone import FORBIDDEN, NO_SUCH_CALL, OK, plugged_in
from tests.talker import Talker
from tests.temporal.conftest import House, eventually
from tests.temporal.test_kamailio import OFF, Exchange, attached

GONE_WITHIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """A device and its phone, which is signed in."""

    device: IssuedDevice
    phone: Talker


@pytest.fixture
async def exchange(working: House, tmp_path: Path) -> AsyncIterator[Exchange]:
    async with attached(working, tmp_path) as made:
        yield made


async def test_calls_of_a_device_that_is_switched_off_end_and_others_go_on(
    exchange: Exchange,
) -> None:
    async with (
        _line(exchange) as going,
        _line(exchange) as called,
        _line(exchange) as caller,
        _line(exchange) as bystander,
        _line(exchange) as other,
    ):
        escaped = f"%{ord(going.device.username[0]):x}{going.device.username[1:]}"
        assert await bystander.phone.dial(other.device.username) == OK
        assert await going.phone.dial(called.device.username) == OK
        assert await caller.phone.dial(escaped) == OK
        async with asyncio.timeout(GONE_WITHIN_SECONDS):
            for each in (called, going, other):
                await each.phone.is_talking.wait()
            await exchange.change(going.device, OFF)
            for each in (going, called, caller):
                await each.phone.was_hung_up_on.wait()

        async def both_sides_are_told() -> bool:
            return going.phone.heard.count("BYE") >= len(("made", "taken"))

        await eventually(both_sides_are_told)
        assert not bystander.phone.was_hung_up_on.is_set()
        assert not other.phone.was_hung_up_on.is_set()
        assert await going.phone.say_in_call("INVITE") == NO_SUCH_CALL
        assert called.phone.heard[-1] == "BYE"
        assert await bystander.phone.say_in_call("BYE") == OK
        assert other.phone.was_hung_up_on.is_set()


async def test_nothing_is_carried_for_a_stranger_or_under_the_name_of_another(
    exchange: Exchange,
) -> None:
    sip = exchange.switch.sip
    async with (
        _line(exchange) as victim,
        _line(exchange) as neighbour,
        plugged_in(Talker("stranger", "elsewhere", ""), sip) as stranger,
    ):
        uri = f"sip:{victim.device.username}@{victim.phone.local}"
        await stranger.slip_in("ACK", uri, sip)
        for method in ("INVITE", "MESSAGE", "BYE"):
            assert await stranger.slip_in(method, uri, sip) == NO_SUCH_CALL
        neighbour.phone.shown = victim.device.username
        assert await neighbour.phone.dial(victim.device.username) == FORBIDDEN
        assert victim.phone.heard == []
        neighbour.phone.shown = None
        assert await neighbour.phone.dial(victim.device.username) == OK


@asynccontextmanager
async def _line(exchange: Exchange) -> AsyncIterator[Line]:
    device = await exchange.device()
    talker = Talker(device.username, device.realm, device.secret)
    async with plugged_in(talker, exchange.switch.sip) as phone:
        assert await phone.register() == OK
        yield Line(device, phone)
