"""What a listener remembers, for how long, and what makes it forget."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.directory import memory as memory_module
from gateway.directory.away import Away
from gateway.directory.memory import FRESH_SECONDS, LAST_KNOWN_SECONDS, Memory
from gateway.directory.nodes import NodeBook, credentials
from models.switch.node import NodeLogin, password_hash
from tests.unit.test_directory_answers import DEVICE

LOGIN = ("sip.example", "alice")
NODE = NodeLogin(UUID(int=9), "fs1", "switch-1", password_hash("right"))


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> Memory:
    made = Memory(clock)
    made.attentive = True
    return made


def test_an_entry_is_fresh_for_two_seconds_and_known_for_a_minute(
    memory: Memory, clock: Clock
) -> None:
    memory.keep(LOGIN, DEVICE, memory.words)
    clock.now += FRESH_SECONDS
    assert memory.fresh(LOGIN) == DEVICE
    clock.now += 0.1
    assert memory.fresh(LOGIN) is None
    assert memory.last_known(LOGIN) == DEVICE
    clock.now += LAST_KNOWN_SECONDS
    assert memory.last_known(LOGIN) is None


def test_a_word_drops_one_login_for_both_uses(memory: Memory) -> None:
    other = ("sip.example", "bob")
    for login in (LOGIN, other):
        memory.keep(login, DEVICE, memory.words)
    memory.drop(LOGIN)
    assert memory.fresh(LOGIN) is None
    assert memory.last_known(LOGIN) is None
    assert memory.fresh(other) == DEVICE


def test_a_word_without_a_name_drops_everything(memory: Memory) -> None:
    memory.keep(LOGIN, DEVICE, memory.words)
    memory.drop(None)
    assert memory.last_known(LOGIN) is None


def test_an_answer_that_was_read_before_a_word_is_not_kept(memory: Memory) -> None:
    words_before = memory.words
    memory.drop(LOGIN)
    memory.keep(LOGIN, DEVICE, words_before)
    assert memory.last_known(LOGIN) is None


def test_an_absence_is_not_remembered_and_ends_what_was(memory: Memory) -> None:
    memory.keep(LOGIN, DEVICE, memory.words)
    memory.keep(LOGIN, None, memory.words)
    assert memory.last_known(LOGIN) is None


def test_nothing_is_fresh_while_no_words_arrive(memory: Memory) -> None:
    memory.keep(LOGIN, DEVICE, memory.words)
    memory.attentive = False
    assert memory.fresh(LOGIN) is None
    assert memory.last_known(LOGIN) == DEVICE


def test_an_account_that_has_expired_is_not_known_any_more(memory: Memory) -> None:
    gone = replace(DEVICE.account, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    memory.keep(LOGIN, replace(DEVICE, account=gone), memory.words)
    assert memory.fresh(LOGIN) is None
    assert memory.last_known(LOGIN) is None


def test_accounts_and_networks_are_known_under_keys_of_their_own(memory: Memory) -> None:
    account, listed = DEVICE.account, [(DEVICE.account.id, ["203.0.113.0/28"])]
    memory.keep(("sip.example", account.id), account, memory.words)
    memory.keep(("sip.example",), listed, memory.words)
    memory.drop(LOGIN)
    assert memory.last_known(("sip.example", account.id)) == account
    assert memory.last_known(("sip.example",)) == listed
    gone = replace(account, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    memory.keep(("sip.example", account.id), gone, memory.words)
    assert memory.last_known(("sip.example", account.id)) is None
    memory.keep(("sip.example",), [], memory.words)
    assert memory.last_known(("sip.example",)) is None


def test_the_oldest_entries_go_when_there_are_too_many(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_module, "MOST_ENTRIES", 2)
    for name in ("a", "b", "c"):
        memory.keep(("sip.example", name), DEVICE, memory.words)
    assert memory.last_known(("sip.example", "a")) is None
    assert memory.last_known(("sip.example", "c")) == DEVICE


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Nodes:
    """The table of nodes, sometimes away."""

    def __init__(self) -> None:
        self.rows: Mapping[str, NodeLogin] | None = {NODE.user: NODE}
        self.readings = 0

    async def __call__(self) -> Mapping[str, NodeLogin] | None:
        self.readings += 1
        return self.rows


async def test_a_node_is_admitted_by_its_own_password_alone(clock: Clock) -> None:
    book = NodeBook(Nodes(), clock)
    assert await book.admitted(basic("switch-1", "right")) == NODE
    assert await book.admitted(basic("switch-1", "wrong")) is None
    assert await book.admitted(basic("nobody", "right")) is None
    assert await book.admitted(basic("nobody", "nobody")) is None
    assert await book.admitted("") is None


async def test_nodes_are_read_again_after_a_word_or_two_seconds(clock: Clock) -> None:
    nodes = Nodes()
    book = NodeBook(nodes, clock)
    await book.admitted("")
    await book.admitted("")
    assert nodes.readings == 1
    nodes.rows = {}
    book.drop()
    assert await book.admitted(basic("switch-1", "right")) is None
    clock.now += 2.1
    await book.admitted("")
    assert nodes.readings == 3


async def test_nodes_known_last_are_good_for_a_minute_without_a_database(clock: Clock) -> None:
    nodes = Nodes()
    book = NodeBook(nodes, clock)
    await book.admitted("")
    nodes.rows = None
    clock.now += 59
    assert await book.admitted(basic("switch-1", "right")) == NODE
    clock.now += 2
    with pytest.raises(Away):
        await book.admitted(basic("switch-1", "right"))


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Bearer abc", "Basic " + base64.b64encode(b"nocolon").decode()],
)
def test_other_credentials_than_basic_are_nobodys(header: str) -> None:
    assert credentials(header) == ("", "")


def test_a_password_may_hold_colons() -> None:
    assert credentials(basic("u", "a:b:c")) == ("u", "a:b:c")
