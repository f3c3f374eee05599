"""Signed links: opened as they were signed, or not at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models import links, seal
from models.links import Link, opened, signed, url_of

LINK = Link("file", UUID(int=1), UUID(int=2), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def application_key() -> None:
    seal.install_key(bytes(range(32)))


def test_a_link_is_opened_as_it_was_signed() -> None:
    assert opened(signed(LINK)) == LINK


def test_a_link_may_be_of_a_part() -> None:
    part = replace(LINK, part="1700000000_-86400")
    assert opened(signed(part)) == part
    assert signed(part) != signed(LINK)


def test_every_changed_character_makes_it_nothing() -> None:
    text = signed(LINK)
    for place, character in enumerate(text):
        other = "0" if character != "0" else "1"
        assert opened(text[:place] + other + text[place + 1 :]) is None


def test_another_key_opens_nothing() -> None:
    text = signed(LINK)
    seal.install_key(bytes(32))
    assert opened(text) is None


def test_a_link_that_is_over_opens_nothing() -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    assert opened(signed(Link("file", UUID(int=1), UUID(int=2), past))) is None


@pytest.mark.parametrize("text", ["", ".", "file....", "é" * 100, signed.__doc__ or "x"])
def test_nonsense_opens_nothing(text: str) -> None:
    assert opened(text) is None


def test_a_kind_that_no_address_could_carry_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no kind of link"):
        signed(Link("a/b", UUID(int=1), UUID(int=2), LINK.expires_at))


def test_links_begin_with_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_base", "")
    assert url_of(LINK).startswith("/downloads/file.")
    links.install_base("https://api.example/")
    assert url_of(LINK).startswith("https://api.example/downloads/file.")
