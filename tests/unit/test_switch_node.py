"""Which switches can be attached, and what of them can be changed."""

from __future__ import annotations

import pytest

from models.rules.enums import SwitchKind, SwitchNodeState
from models.rules.errors import ErrorCode, Problem
from models.rules.switch_node import NodeDraft, NodePatch


def told(found: tuple[Problem, ...]) -> set[tuple[str, ErrorCode]]:
    return {(".".join(problem.field), problem.code) for problem in found}


def freeswitch(**said: object) -> NodeDraft:
    fields = {"name": "fs1", "address": "10.0.0.5:8021", "profiles": ("internal",), "secret": "s3"}
    return NodeDraft(kind=SwitchKind.FREESWITCH, **(fields | said))  # type: ignore[arg-type]  # a table of cases


def kamailio(**said: object) -> NodeDraft:
    fields = {"name": "k1", "address": "http://10.0.0.6:5060/RPC"}
    return NodeDraft(kind=SwitchKind.KAMAILIO, **(fields | said))  # type: ignore[arg-type]  # a table of cases


def test_a_switch_of_each_kind_is_acceptable() -> None:
    assert freeswitch().problems() == ()
    assert freeswitch(address="[2001:db8::5]:8021").problems() == ()
    assert kamailio().problems() == ()
    assert kamailio(address="https://rpc.example/jsonrpc", secret="a-token").problems() == ()


@pytest.mark.parametrize(
    "address",
    ["", "10.0.0.5", "10.0.0.5:0", "10.0.0.5:65536", "a b:80", "host:80\n", "http://a:80", ":80"],
)
def test_an_event_socket_is_a_host_and_a_port(address: str) -> None:
    assert told(freeswitch(address=address).problems()) == {("address", ErrorCode.INVALID)}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "10.0.0.6:5060",
        "ftp://10.0.0.6/RPC",
        "http://",
        "http://user:word@10.0.0.6/RPC",
        "http://10.0.0.6/a b",
        "http://10.0.0.6/RPC#x",
        "http://10.0.0.6:99999/RPC",
        "http://[::1/RPC",
    ],
)
def test_an_rpc_is_a_plain_web_address(address: str) -> None:
    assert told(kamailio(address=address).problems()) == {("address", ErrorCode.INVALID)}


@pytest.mark.parametrize("profile", ["", "a b", "internal\nbgapi", "p" * 65, "a;b", "{a}"])
def test_a_profile_can_not_end_the_word_of_a_command(profile: str) -> None:
    assert told(freeswitch(profiles=(profile,)).problems()) == {("profiles", ErrorCode.INVALID)}


def test_a_freeswitch_needs_a_profile_and_a_password() -> None:
    assert told(freeswitch(profiles=(), secret=None).problems()) == {
        ("profiles", ErrorCode.REQUIRED),
        ("secret", ErrorCode.REQUIRED),
    }


@pytest.mark.parametrize("secret", ["a b", "a\nb", "ä", "s" * 129])
def test_a_secret_can_not_end_the_line_of_a_protocol(secret: str) -> None:
    assert told(freeswitch(secret=secret).problems()) == {("secret", ErrorCode.INVALID)}


def test_an_address_is_bounded_and_profiles_are_few_and_different() -> None:
    long = "http://10.0.0.6/" + "a" * 250
    assert told(kamailio(address=long).problems()) == {("address", ErrorCode.TOO_LONG)}
    many = tuple(f"p{n}" for n in range(17))
    assert told(freeswitch(profiles=many).problems()) == {("profiles", ErrorCode.LIMIT_EXCEEDED)}
    assert told(freeswitch(profiles=("a", "a")).problems()) == {("profiles", ErrorCode.INVALID)}


def test_a_name_is_needed() -> None:
    assert told(freeswitch(name=" ").problems()) == {("name", ErrorCode.REQUIRED)}


def test_a_change_is_judged_by_the_kind_of_the_switch() -> None:
    patch = NodePatch({"address": "http://10.0.0.6/RPC"})
    assert patch.problems(SwitchKind.KAMAILIO) == ()
    assert told(patch.problems(SwitchKind.FREESWITCH)) == {("address", ErrorCode.INVALID)}


def test_a_switch_that_is_told_things_from_now_on_has_all_that_takes() -> None:
    patch = NodePatch({"address": "10.0.0.5:8021", "profiles": ("internal",)})
    missing = ("profiles", "secret")
    assert told(patch.problems(SwitchKind.FREESWITCH, missing)) == {("secret", ErrorCode.REQUIRED)}
    bare = NodePatch({"address": "10.0.0.5:8021"})
    assert told(bare.problems(SwitchKind.FREESWITCH, missing)) == {
        ("profiles", ErrorCode.REQUIRED),
        ("secret", ErrorCode.REQUIRED),
    }
    drained = NodePatch({"state": SwitchNodeState.DRAINING})
    assert drained.problems(SwitchKind.FREESWITCH, missing) == ()
    assert NodePatch({"address": "http://k/RPC"}).problems(SwitchKind.KAMAILIO, missing) == ()


def test_a_switch_is_set_active_or_draining_and_retired_elsewhere() -> None:
    for state in (SwitchNodeState.ACTIVE, SwitchNodeState.DRAINING):
        assert NodePatch({"state": state}).problems(SwitchKind.KAMAILIO) == ()
    for state in (SwitchNodeState.RETIRED, SwitchNodeState.UNREACHABLE):
        found = NodePatch({"state": state}).problems(SwitchKind.KAMAILIO)
        assert told(found) == {("state", ErrorCode.INVALID)}


def test_only_the_token_of_a_kamailio_can_be_cleared() -> None:
    assert NodePatch({"secret": None}).problems(SwitchKind.KAMAILIO) == ()
    nothing = {"address": None, "profiles": None, "state": None, "secret": None}
    assert told(NodePatch(nothing).problems(SwitchKind.FREESWITCH)) == {
        ("address", ErrorCode.REQUIRED),
        ("profiles", ErrorCode.REQUIRED),
        ("state", ErrorCode.REQUIRED),
        ("secret", ErrorCode.REQUIRED),
    }
