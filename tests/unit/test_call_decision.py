"""The call decision: every option of the CLI pool, and the order of refusals."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.call_decision import Call, CallFacts, blockers, decide, number_to_dial
from models.rules.cli_pool import Pool, ask_pool
from models.rules.enums import CallDirection, CallReason, CallVerdict, CliPool, LocalizationTarget
from models.rules.localization import Translation, translated, translation_problems

NORMAL, SECOND = UUID(int=1), UUID(int=2)
DID, CALLER_ID, STRANGER = "442070000001", "+49301234567", "33140000000"
FACTS = CallFacts(
    account_id=UUID(int=9),
    switched_on=True,
    expired=False,
    funded=True,
    rate_group_id=NORMAL,
    non_cli_rate_group_id=SECOND,
    pool=Pool(CliPool.DISABLED, (DID,), (CALLER_ID,)),
)
OK, NOT_FOUND = "OK", "CALLERID_NOT_FOUND"


def with_pool(option: CliPool, **numbers: tuple[str, ...]) -> CallFacts:
    return replace(FACTS, pool=replace(FACTS.pool, option=option, **numbers))


@pytest.mark.parametrize(
    ("option", "cli", "reason", "presented", "rate_group"),
    [
        (CliPool.DISABLED, DID, OK, DID, NORMAL),
        (CliPool.DISABLED, STRANGER, OK, STRANGER, NORMAL),
        (CliPool.DID_ELSE_RANDOM_DID, DID, OK, DID, NORMAL),
        (CliPool.DID_ELSE_RANDOM_DID, CALLER_ID, OK, DID, NORMAL),
        (CliPool.DID_ELSE_RANDOM_DID, STRANGER, OK, DID, NORMAL),
        (CliPool.DID_ELSE_RANDOM_DID, None, OK, DID, NORMAL),
        (CliPool.CALLER_ID_ELSE_RANDOM_CALLER_ID, "4930 1234567", OK, "49301234567", NORMAL),
        (CliPool.CALLER_ID_ELSE_RANDOM_CALLER_ID, DID, OK, CALLER_ID, NORMAL),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_DID, DID, OK, DID, NORMAL),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_DID, "0049301234567", OK, "49301234567", SECOND),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_DID, "anonymous", OK, None, SECOND),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_CALLER_ID, CALLER_ID, OK, "49301234567", NORMAL),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_CALLER_ID, DID, OK, DID, SECOND),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID, DID, OK, DID, NORMAL),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID, CALLER_ID, OK, "49301234567", NORMAL),
        (CliPool.NON_CLI_RATE_GROUP_UNLESS_DID_OR_CALLER_ID, STRANGER, OK, STRANGER, SECOND),
        (CliPool.REJECT_UNLESS_DID, "+44 20 7000 0001", OK, DID, NORMAL),
        (CliPool.REJECT_UNLESS_DID, CALLER_ID, NOT_FOUND, None, None),
        (CliPool.REJECT_UNLESS_CALLER_ID, "0049 30 1234567", OK, "49301234567", NORMAL),
        (CliPool.REJECT_UNLESS_CALLER_ID, DID, NOT_FOUND, None, None),
        (CliPool.REJECT_UNLESS_CALLER_ID, None, NOT_FOUND, None, None),
        (CliPool.REJECT_UNLESS_DID_OR_CALLER_ID, DID, OK, DID, NORMAL),
        (CliPool.REJECT_UNLESS_DID_OR_CALLER_ID, CALLER_ID, OK, "49301234567", NORMAL),
        (CliPool.REJECT_UNLESS_DID_OR_CALLER_ID, STRANGER, NOT_FOUND, None, None),
        (CliPool.REJECT_UNLESS_DID_OR_CALLER_ID, "anonymous", NOT_FOUND, None, None),
    ],
)
def test_each_option_of_the_pool(
    option: CliPool, cli: str | None, reason: str, presented: str | None, rate_group: UUID | None
) -> None:
    decision = decide(with_pool(option), Call("call-1", cli))
    assert (decision.reason, decision.presented_cli, decision.rate_group_id) == (
        reason,
        presented,
        rate_group,
    )


@pytest.mark.parametrize(
    ("option", "numbers"),
    [
        (CliPool.DID_ELSE_RANDOM_DID, {"dids": ()}),
        (CliPool.CALLER_ID_ELSE_RANDOM_CALLER_ID, {"caller_ids": ()}),
    ],
)
def test_an_empty_pool_has_nothing_to_present(
    option: CliPool, numbers: dict[str, tuple[str, ...]]
) -> None:
    facts = with_pool(option, **numbers)
    assert decide(facts, Call("call-1", STRANGER)).reason is CallReason.POOL_EMPTY
    assert blockers(facts) == (CallReason.POOL_EMPTY,)


@pytest.mark.parametrize("option", [option for option in CliPool if option.startswith("REJECT")])
def test_a_pool_that_rejects_all_but_numbers_of_which_there_are_none_blocks_every_call(
    option: CliPool,
) -> None:
    facts = with_pool(option, dids=(), caller_ids=())
    assert decide(facts, Call("call-1", STRANGER)).reason is CallReason.CALLERID_NOT_FOUND
    assert blockers(facts) == (CallReason.CALLERID_NOT_FOUND,)
    assert blockers(with_pool(option)) == ()
    assert blockers(replace(facts, force_caller_id="+4420")) == ()


def test_the_empty_texts_of_a_pool_match_no_absent_cli() -> None:
    facts = with_pool(CliPool.REJECT_UNLESS_DID, dids=("", "anonymous"))
    assert decide(facts, Call("call-1", "anonymous")).reason is CallReason.CALLERID_NOT_FOUND
    assert decide(facts, Call("call-1", "")).reason is CallReason.CALLERID_NOT_FOUND


@given(st.lists(st.text("0123456789", min_size=1, max_size=15), min_size=1, unique=True), st.text())
def test_the_pick_is_one_of_the_pool_and_stable_whatever_its_order(
    dids: list[str], call_id: str
) -> None:
    def pick(order: list[str]) -> str | None:
        pool = Pool(CliPool.DID_ELSE_RANDOM_DID, tuple(order))
        return ask_pool(pool, None, FACTS.account_id, call_id).presented_cli

    assert pick(dids) in dids
    assert pick(dids) == pick(dids[::-1])


def test_different_calls_pick_different_numbers() -> None:
    pool = Pool(CliPool.DID_ELSE_RANDOM_DID, tuple("123456"))
    picks = [ask_pool(pool, None, FACTS.account_id, f"call-{n}").presented_cli for n in range(600)]
    assert all(60 < picks.count(number) < 140 for number in "123456")


@pytest.mark.parametrize(
    ("changes", "call", "reason"),
    [
        ({"switched_on": False, "expired": True, "funded": False}, {}, "ACCOUNT_OFF"),
        ({"expired": True, "funded": False}, {}, "EXPIRED"),
        ({"funded": False, "blocked_prefixes": ("44",)}, {"called_number": "441"}, "NO_FUNDS"),
        (
            {"blocked_prefixes": ("44", "4477"), "allows_local_calls": False},
            {"called_number": "447700", "reaches_house": True},
            "DESTINATION_BLOCKED",
        ),
        ({"blocked_prefixes": ("44",)}, {"called_number": "+447700"}, "DESTINATION_BLOCKED"),
        ({"blocked_prefixes": ("44",)}, {"called_number": "00447700"}, "DESTINATION_BLOCKED"),
        ({"blocked_prefixes": ("00",)}, {"called_number": "00447700"}, "DESTINATION_BLOCKED"),
        ({"blocked_prefixes": ("447",)}, {"called_number": "448"}, "OK"),
        ({"blocked_prefixes": ("44",)}, {}, "OK"),
        (
            {"allows_local_calls": False, "pool": Pool(CliPool.REJECT_UNLESS_DID)},
            {"called_number": "1001", "reaches_house": True},
            "LOCAL_NOT_ALLOWED",
        ),
        ({"allows_local_calls": False}, {"called_number": "1001"}, "OK"),
        ({}, {"called_number": "1001", "reaches_house": True}, "OK"),
        ({"pool": Pool(CliPool.REJECT_UNLESS_DID)}, {"called_number": "1"}, "CALLERID_NOT_FOUND"),
    ],
)
def test_the_first_refusal_wins(changes: dict[str, Any], call: dict[str, Any], reason: str) -> None:
    decision = decide(replace(FACTS, **changes), Call("call-1", STRANGER, **call))
    assert decision.reason == reason
    rejected = reason != "OK"
    assert (decision.verdict is CallVerdict.REJECT) is rejected
    if rejected:
        assert (decision.presented_cli, decision.dial_number) == (None, None)
        assert decision.rate_group_id is None


def test_all_blockers_are_listed_in_the_order_of_the_decision() -> None:
    off = replace(FACTS, switched_on=False, expired=True, funded=False)
    assert blockers(off) == (CallReason.ACCOUNT_OFF, CallReason.EXPIRED, CallReason.NO_FUNDS)
    assert blockers(FACTS) == ()


def test_a_forced_caller_id_skips_the_pool() -> None:
    facts = replace(with_pool(CliPool.REJECT_UNLESS_DID), force_caller_id="+4420")
    decision = decide(facts, Call("call-1", STRANGER))
    assert (decision.presented_cli, decision.rate_group_id) == ("+4420", NORMAL)
    empty = replace(with_pool(CliPool.DID_ELSE_RANDOM_DID, dids=()), force_caller_id="+4420")
    assert blockers(empty) == ()


OUT, IN = CallDirection.OUTBOUND, CallDirection.INBOUND
NUMBER, CLI = LocalizationTarget.NUMBER, LocalizationTarget.CALLER_ID
GERMAN = (
    Translation(IN, NUMBER, "0", "never"),
    Translation(OUT, NUMBER, "00", "+"),
    Translation(OUT, NUMBER, "0", "+49"),
    Translation(OUT, CLI, "0", "+49"),
)


@pytest.mark.parametrize(
    ("called", "dialled"),
    [
        ("0044207", "+44207"),
        ("030123", "+4930123"),
        ("1001", "1001"),
        ("5", "+4930555"),
        ("6", "6"),
        ("55", "55"),
        (" 030123 ", "+4930123"),
        ("(030) 12-3", "+4930123"),
        ("030-12.3", "+4930123"),
        ("+49 (30) 12-3", "+4930123"),
        ("1 001", "1001"),
        ("100-1", "100-1"),
        ("10.20", "10.20"),
        ("desk 1", "desk 1"),
        ("*9 8", "*98"),
        ("", None),
        (None, None),
    ],
)
def test_speed_dials_and_then_translations_make_the_number(
    called: str | None, dialled: str | None
) -> None:
    facts = replace(FACTS, speed_dials={5: "030555"}, translations=GERMAN)
    assert number_to_dial(facts, called) == dialled
    assert decide(facts, Call("call-1", None, called)).dial_number == dialled


def test_a_block_is_looked_for_after_speed_dial_and_translation() -> None:
    facts = replace(
        FACTS, speed_dials={5: "0900123"}, translations=GERMAN, blocked_prefixes=("49900",)
    )
    assert decide(facts, Call("call-1", None, "5")).reason is CallReason.DESTINATION_BLOCKED


def test_a_translated_cli_is_presented_as_written_and_matched_by_its_digits() -> None:
    own = Pool(CliPool.REJECT_UNLESS_CALLER_ID, caller_ids=("4930123",))
    facts = replace(FACTS, translations=GERMAN, pool=own)
    decision = decide(facts, Call("call-1", "030123"))
    assert (decision.reason, decision.presented_cli) == ("OK", "+4930123")


@pytest.mark.parametrize(("cli", "presented"), [("030 12-3", "+4930123"), ("4 93", "493")])
def test_a_presented_cli_has_no_punctuation(cli: str, presented: str) -> None:
    facts = replace(FACTS, translations=GERMAN)
    assert decide(facts, Call("call-1", cli)).presented_cli == presented


@pytest.mark.parametrize(
    ("rules", "number", "result"),
    [
        ((), "123", "123"),
        ((Translation(OUT, NUMBER, "*", "9"),), "123", "9123"),
        ((Translation(OUT, NUMBER, "12", ""),), "123", "3"),
        ((Translation(OUT, NUMBER, "2", "x"),), "123", "123"),
        (
            (Translation(OUT, NUMBER, "1", "a"), Translation(OUT, NUMBER, "12", "b")),
            "123",
            "a23",
        ),
        ((Translation(OUT, CLI, "1", "a"),), "123", "123"),
    ],
)
def test_the_first_matching_translation_wins(
    rules: tuple[Translation, ...], number: str, result: str
) -> None:
    assert translated(rules, OUT, NUMBER, number) == result


def test_translations_hold_what_can_be_dialled() -> None:
    rules = (
        Translation(OUT, NUMBER, "*", ""),
        Translation(OUT, NUMBER, "", "0"),
        Translation(OUT, NUMBER, "0", "a"),
        Translation(OUT, NUMBER, "**", "1" * 21),
    )
    assert [problem.field for problem in translation_problems(rules)] == [
        ("rules", "1", "cut"),
        ("rules", "2", "add"),
        ("rules", "3", "cut"),
        ("rules", "3", "add"),
    ]
    assert translation_problems(rules[:1]) == ()
    assert [problem.code for problem in translation_problems(rules[:1] * 201)] == ["LIMIT_EXCEEDED"]
