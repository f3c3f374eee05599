"""What switches are told, word by word: no command can be built that would mean everybody."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.registrars import freeswitch
from activities.registrars.event_socket import Command
from activities.registrars.freeswitch import FreeSwitch
from activities.registrars.pace import keep_pace
from activities.registrars.port import Login, Unreached, Unspeakable, Verdict, spoken

DEVICE = str(uuid4())
LOGIN = Login(DEVICE, "desk", "sip.example")

ONE_REGISTRATION = """Registrations:
=====
Call-ID:    \tabc
User:       \tdesk@sip.example
Contact:    \t"" <sip:desk@192.0.2.9:5060>
Agent:      \tA phone 1.0
Status:     \tRegistered(UDP)(unknown) EXP(2030-01-01 00:00:00) EXPSECS(300)

Total items returned: 1
=====
"""


class Socket:
    """Answers each command with what a test prepared, in order."""

    def __init__(self, *answers: str | Unreached) -> None:
        self.answers = list(answers)
        self.lines: list[str] = []

    async def api(self, command: Command, _seconds: float = 2.0) -> str:
        self.lines.append(command.line)
        answer = self.answers.pop(0)
        if isinstance(answer, Unreached):
            raise answer
        return answer


async def at_once() -> None:
    """No pace."""


def switch(*answers: str | Unreached, profiles: tuple[str, ...] = ("internal",)) -> Any:
    socket: Any = Socket(*answers)
    return FreeSwitch(socket, profiles, at_once)


def test_commands_name_whom_they_mean() -> None:
    assert freeswitch.flush_user("id", LOGIN).line == "xml_flush_cache id desk sip.example"
    assert (
        freeswitch.flush_registrations("internal", LOGIN).line
        == "sofia profile internal flush_inbound_reg desk@sip.example"
    )
    assert freeswitch.hang_up(LOGIN).line == f"hupall MANAGER_REQUEST device_id {DEVICE}"
    assert (
        freeswitch.registrations_of("internal", LOGIN).line
        == "sofia status profile internal user desk@sip.example"
    )


@pytest.mark.parametrize("word", ["", " ", "a b", "a\n", "a\r\nb", "\x00", "a;b", "${a}", "'a'"])
def test_what_is_not_one_word_can_not_be_said(word: str) -> None:
    with pytest.raises(Unspeakable):
        spoken(word)
    for parts in ((word, "desk", "r"), (DEVICE, word, "r"), (DEVICE, "desk", word)):
        with pytest.raises(Unspeakable):
            Login(*parts)
    with pytest.raises(Unspeakable):
        freeswitch.flush_registrations(word, LOGIN)


@given(st.text(), st.text(), st.text(), st.text())
def test_every_command_that_can_be_built_has_all_its_words(
    device_id: str, username: str, realm: str, profile: str
) -> None:
    try:
        login = Login(device_id, username, realm)
        commands = [
            freeswitch.flush_user("id", login),
            freeswitch.flush_registrations(profile, login),
            freeswitch.hang_up(login),
            freeswitch.registrations_of(profile, login),
        ]
    except Unspeakable:
        return
    for command, count in zip(commands, (4, 5, 4, 6), strict=True):
        words = command.line.split(" ")
        assert len(words) == count
        assert all(words)
        assert command.line.isprintable()


@pytest.mark.parametrize("line", ["", "a\nb", "a\rb", "a\x00b"])
def test_a_command_is_one_line(line: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Command(line)


async def test_flushing_tells_whether_there_was_anything() -> None:
    kept = switch("+OK cleared 1 entry", "+OK cleared 0 entries")
    assert (await kept.flush(LOGIN)).verdict is Verdict.DONE
    assert [line.split(" ")[1] for line in kept.socket.lines] == ["id", "number-alias"]
    nothing = switch("+OK cleared 0 entries", "+OK cleared 0 entries")
    assert (await nothing.flush(LOGIN)).verdict is Verdict.NOTHING_THERE


async def test_what_a_switch_refuses_is_told_in_its_words() -> None:
    refusing = switch("-ERR no such command")
    outcome = await refusing.flush(LOGIN)
    assert (outcome.verdict, outcome.words) == (Verdict.REJECTED, "-ERR no such command")
    unknown = await switch("Invalid Profile!").drop_contacts(LOGIN)
    assert (unknown.verdict, unknown.words) == (Verdict.REJECTED, "Invalid Profile!")
    assert (await switch("Invalid Profile!").health()).verdict is Verdict.REJECTED


async def test_a_switch_that_is_away_is_unreachable_for_every_command() -> None:
    away = Unreached("gone")
    for does in ("flush", "drop_contacts", "end_calls"):
        outcome = await getattr(switch(away), does)(LOGIN)
        assert outcome.verdict is Verdict.UNREACHABLE
        assert "gone" in outcome.words
    assert (await switch(away).reload_ip_lists()).verdict is Verdict.UNREACHABLE
    assert (await switch(away).health()).verdict is Verdict.UNREACHABLE
    with pytest.raises(Unreached):
        await switch(away).contacts(LOGIN)


async def test_every_profile_is_told_and_asked() -> None:
    two = switch("+OK", "+OK", profiles=("internal", "tls"))
    assert (await two.drop_contacts(LOGIN)).verdict is Verdict.DONE
    assert [line.split(" ")[2] for line in two.socket.lines] == ["internal", "tls"]
    listing = switch(ONE_REGISTRATION, "Total items returned: 0\n", profiles=("internal", "tls"))
    (contact,) = await listing.contacts(LOGIN)
    assert (contact.username, contact.realm) == ("desk", "sip.example")
    assert contact.contact == '"" <sip:desk@192.0.2.9:5060>'
    assert contact.user_agent == "A phone 1.0"
    assert contact.expires_at is not None


@pytest.mark.parametrize(
    "answer", ["", "-ERR", "Invalid Profile!", ONE_REGISTRATION.replace(": 1\n", ": 2\n")]
)
async def test_a_list_that_is_none_or_cut_short_is_not_taken_for_an_empty_one(answer: str) -> None:
    with pytest.raises(Unreached):
        await switch(answer).contacts(LOGIN)


async def test_where_phones_register_is_read_from_the_profile() -> None:
    status = "Name \tinternal\nURL              \tsip:mod_sofia@192.0.2.5:5060\nBIND-URL\tx\n"
    assert await switch(status).sip_addresses() == ["192.0.2.5:5060/udp"]
    assert await switch("nothing of the kind").sip_addresses() == []


async def test_the_pace_of_one_switch_is_even_and_of_no_concern_to_another() -> None:
    began = time.monotonic()
    for _ in range(6):
        await keep_pace("one", per_second=50)
    await keep_pace("other", per_second=50)
    assert 0.09 <= time.monotonic() - began < 0.5
