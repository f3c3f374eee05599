"""Reading what switches report: strictly, but a call that has happened is never thrown away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.cdr_report import CdrReport, Level, UnreadableReport, read_report
from models.rules.enums import CallDirection, CallType
from models.rules.freeswitch_cdr import flat_report, is_freeswitch, is_second_leg

ACCOUNT = uuid4()
FLAT: dict[str, Any] = {
    "uniqueId": "call-1",
    "accountId": str(ACCOUNT),
    "callerId": "4930123456",
    "calledNumber": "15551234",
    "startedAt": "2026-03-01T12:00:00+01:00",
    "answeredAt": "2026-03-01T11:00:05Z",
    "endedAt": "2026-03-01T11:01:35Z",
    "billableSeconds": 90,
    "disposition": "NORMAL_CLEARING",
    "debit": "0.15",
    "cost": 0.1,
    "currency": "usd",
    "callType": "local",
    "direction": "INBOUND",
    "levels": [{"reseller": "7001", "debit": "0.12"}],
}
FREESWITCH: dict[str, Any] = {
    "core-uuid": "c",
    "channel_data": {"state": "CS_REPORTING"},
    "variables": {
        "uuid": "leg-a",
        "account_id": str(ACCOUNT),
        "accountcode": "100200300",
        "sip_auth_username": "100200300",
        "start_uepoch": "1772362800500000",
        "answer_epoch": "1772362805",
        "end_epoch": "1772362895",
        "billsec": "90",
        "hangup_cause": "NORMAL_CLEARING",
        "debit": "0.15",
        "destination": "United%20States",
        "levels": "%5B%7B%22reseller%22%3A%227001%22%2C%22debit%22%3A%220.12%22%7D%5D",
    },
    "callflow": [
        {"caller_profile": {"caller_id_number": "4930123456", "destination_number": "15551234"}}
    ],
}


def read(**changes: Any) -> CdrReport | UnreadableReport:
    return read_report(FLAT | changes)


def test_a_flat_report_is_read_whole() -> None:
    report = read()
    assert isinstance(report, CdrReport)
    assert report.account_id == ACCOUNT
    assert report.started_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert (report.debit, report.cost) == (Decimal("0.15"), Decimal("0.1"))
    assert report.currency_code == "USD"
    assert (report.call_type, report.direction) == (CallType.LOCAL, CallDirection.INBOUND)
    assert report.levels == (Level("7001", Decimal("0.12")),)


def test_what_is_not_said_has_its_usual_meaning() -> None:
    report = read_report({"uniqueId": "x", "startedAt": 1772362800})
    assert isinstance(report, CdrReport)
    assert report.ended_at == report.started_at
    assert report.call_type is CallType.STANDARD
    assert report.direction is CallDirection.OUTBOUND
    assert report.debit == 0
    assert report.levels == ()
    assert report.answered_at is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"startedAt": None}, "startedAt is missing"),
        ({"startedAt": "yesterday"}, "startedAt is not an instant"),
        ({"startedAt": "2026-03-01T12:00:00"}, "no offset"),
        ({"endedAt": "2026-03-01T10:00:00Z"}, "before startedAt"),
        ({"endedAt": "2026-05-01T10:00:00Z"}, "more than a week"),
        ({"billableSeconds": -5}, "whole number"),
        ({"billableSeconds": "9.5"}, "whole number"),
        ({"debit": "-1"}, "debit is negative"),
        ({"debit": "NaN"}, "debit is negative or too large"),
        ({"debit": "free"}, "debit is not a decimal"),
        ({"cost": "1e30"}, "cost is negative or too large"),
        ({"callType": "HOLOGRAM"}, "callType must be one of"),
        ({"levels": {"7001": 1}}, "levels is not a list"),
        ({"levels": "[{"}, ""),
    ],
)
def test_an_unreadable_report_keeps_its_name_and_says_why(
    changes: dict[str, Any], reason: str
) -> None:
    report = read(**changes)
    assert isinstance(report, UnreadableReport)
    assert report.unique_id == "call-1"
    assert reason in report.reason


@pytest.mark.parametrize("unique_id", [None, "", 5, "x" * 129, "a\nb"])
def test_a_report_without_a_name_is_refused(unique_id: object) -> None:
    with pytest.raises(ValueError, match="uniqueId"):
        read(uniqueId=unique_id)


def test_free_text_is_cut_and_cleaned_rather_than_refused() -> None:
    report = read(callerId="1" * 200, calledNumber="a\x00b", sipUser={"not": "text"})
    assert isinstance(report, CdrReport)
    assert (len(report.caller_id), report.called_number, report.sip_user) == (64, "ab", None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(FLAT)), json_values))
def test_whatever_a_switch_sends_is_read_or_told_why_not(changes: dict[str, Any]) -> None:
    body = FLAT | changes | {"uniqueId": "call-1"}
    report = read_report(body)
    assert report.unique_id == "call-1"
    if isinstance(report, CdrReport):
        assert report.debit >= 0
        assert report.started_at <= report.ended_at


@pytest.mark.parametrize(
    "changes",
    [
        {"startedAt": "9999-12-31T00:00:00Z", "endedAt": None},
        {"startedAt": 253402300799, "endedAt": None, "answeredAt": None},
        {"startedAt": "0001-01-01T00:00:00+14:00"},
        {"levels": "[" * 100_000},
        {"debit": "99999999999999.9999999"},
    ],
)
def test_what_no_book_can_hold_is_kept_with_the_reason(changes: dict[str, Any]) -> None:
    report = read_report(FLAT | {"billableSeconds": 400_000} | changes | {"uniqueId": "call-1"})
    assert isinstance(report, UnreadableReport)
    assert report.reason.endswith(".")


@pytest.mark.parametrize("digits", ["9" * 400, "\u00b2", "x"])
def test_a_moment_of_a_freeswitch_that_is_none_is_not_said(digits: str) -> None:
    body = {**FREESWITCH, "variables": {**FREESWITCH["variables"], "start_uepoch": digits}}
    body["variables"].pop("start_epoch", None)
    assert "startedAt" not in flat_report(body)


def test_a_freeswitch_body_becomes_the_flat_report() -> None:
    assert is_freeswitch(FREESWITCH)
    assert not is_freeswitch(FLAT)
    report = read_report(flat_report(FREESWITCH))
    assert isinstance(report, CdrReport)
    assert (report.unique_id, report.account_id) == ("leg-a", ACCOUNT)
    assert report.account_number == "100200300"
    assert report.started_at == datetime(2026, 3, 1, 11, 0, 0, 500_000, tzinfo=UTC)
    assert (report.billable_seconds, report.debit) == (90, Decimal("0.15"))
    assert (report.caller_id, report.called_number) == ("4930123456", "15551234")
    assert report.destination == "United States"
    assert report.levels == (Level("7001", Decimal("0.12")),)


def test_an_unanswered_call_has_no_answer() -> None:
    variables = FREESWITCH["variables"] | {"answer_epoch": "0", "billsec": "0"}
    report = read_report(flat_report(FREESWITCH | {"variables": variables}))
    assert isinstance(report, CdrReport)
    assert report.answered_at is None


def test_a_flow_that_is_no_list_is_read_too() -> None:
    old = FREESWITCH | {"callflow": FREESWITCH["callflow"][0]}
    assert flat_report(old) == flat_report(FREESWITCH)


def test_the_second_leg_of_a_call_is_recognised_by_its_originator() -> None:
    body = json.loads(json.dumps(FREESWITCH))
    assert not is_second_leg(body)
    body["callflow"][0]["caller_profile"]["originator"] = {"originator_caller_profiles": []}
    assert is_second_leg(body)
