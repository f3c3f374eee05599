"""Calls over a real Kamailio: they end on both sides with the right to make them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.phone import OK, plugged_in
from tests.talker import Talker
from tests.temporal.conftest import House
from tests.temporal.test_kamailio import OFF, attached

GONE_WITHIN_SECONDS = 5.0


async def test_a_call_of_a_device_that_is_switched_off_ends_and_others_go_on(
    working: House, tmp_path: Path
) -> None:
    async with attached(working, tmp_path) as exchange:
        going, called, other = [await exchange.device() for _ in range(3)]
        talkers = [
            Talker(each.username, each.realm, each.secret) for each in (going, called, other)
        ]
        sip = exchange.switch.sip
        async with (
            plugged_in(talkers[0], sip) as caller,
            plugged_in(talkers[1], sip) as callee,
            plugged_in(talkers[2], sip) as bystander,
        ):
            for each in (caller, callee, bystander):
                assert await each.register() == OK
            assert await bystander.dial(called.username) == OK
            assert await caller.dial(other.username) == OK
            async with asyncio.timeout(GONE_WITHIN_SECONDS):
                await bystander.is_talking.wait()
                await callee.is_talking.wait()
                await exchange.change(going, OFF)
                await caller.was_hung_up_on.wait()
                await bystander.was_hung_up_on.wait()
            assert not callee.was_hung_up_on.is_set()
