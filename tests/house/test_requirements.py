"""Requirements are pinned exactly, hashed, the same in both sets, and name no address."""

from __future__ import annotations

import re

import pytest

from gateway.settings import PROJECT

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
FILES = ("requirements.txt", "requirements-test.txt")


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_has_one_version_and_a_hash(name: str) -> None:
    text = (PROJECT / name).read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert [
        block for block in blocks if not PIN.match(block) or "--hash=sha256:" not in block
    ] == []


@pytest.mark.parametrize("name", FILES)
def test_no_requirement_names_an_address_or_a_folder(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert (
        re.findall(r":/{2}|--(?:index|extra-index)-url|--find-links|--trusted-host|^/|file:", text)
        == []
    )


def test_the_test_set_holds_every_pin_of_the_other() -> None:
    run, test = (_pins(name) for name in FILES)
    assert run.items() <= test.items()


@pytest.mark.parametrize("name", ["requirements", "requirements-test"])
def test_every_asked_for_version_is_the_pinned_one(name: str) -> None:
    asked = dict(PIN.findall((PROJECT / f"{name}.in").read_text()))
    assert asked.items() <= _pins(f"{name}.txt").items()


def _pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((PROJECT / name).read_text()))
