"""What FreeSWITCH's mod_json_cdr posts, turned into our flat report.

Prices and the account come as channel variables, under our names in snake case: `account_id`,
`device_id`, `debit`, `cost`, `currency`, `destination`, `call_type`, `call_direction`,
`provider_number`, `provider_cost`, and `levels` as JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

MICROSECONDS = 1_000_000
_LONGEST_MOMENT = 20  # digits

_VARIABLES = {
    "accountId": "account_id",
    "accountNumber": "accountcode",
    "deviceId": "device_id",
    "destination": "destination",
    "billableSeconds": "billsec",
    "debit": "debit",
    "cost": "cost",
    "currency": "currency",
    "callType": "call_type",
    "direction": "call_direction",
    "providerNumber": "provider_number",
    "providerCost": "provider_cost",
    "levels": "levels",
}


def is_freeswitch(body: Mapping[str, Any]) -> bool:
    """Whether a body is of mod_json_cdr rather than flat."""
    return isinstance(body.get("variables"), Mapping)


def is_second_leg(body: Mapping[str, Any]) -> bool:
    """Whether it is the leg that another leg of the same call brought about.

    mod_json_cdr reports both unless told otherwise; the first one carries the prices.
    """
    return "originator" in _profile(body)


def flat_report(body: Mapping[str, Any]) -> dict[str, Any]:
    """The flat report of one leg; what the switch did not say is absent."""
    variables = {
        str(name): unquote(value)  # mod_json_cdr encodes each value unless told otherwise
        for name, value in body["variables"].items()
        if isinstance(value, str)
    }
    profile = _profile(body)
    report: dict[str, Any] = {
        flat: variables[name] for flat, name in _VARIABLES.items() if name in variables
    }
    report |= {
        "uniqueId": variables.get("uuid") or profile.get("uuid"),
        "sipUser": variables.get("sip_auth_username") or variables.get("sip_from_user"),
        "callerId": profile.get("caller_id_number"),
        "calledNumber": profile.get("destination_number"),
        "startedAt": _epoch(variables, "start"),
        "answeredAt": _epoch(variables, "answer"),
        "endedAt": _epoch(variables, "end"),
        "disposition": variables.get("hangup_cause"),
    }
    return {name: value for name, value in report.items() if value is not None}


def _profile(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The caller profile of the first call flow; older switches send one flow, newer a list."""
    flows = body.get("callflow")
    flow = flows[0] if isinstance(flows, list) and flows else flows
    profile = flow.get("caller_profile") if isinstance(flow, Mapping) else None
    return profile if isinstance(profile, Mapping) else {}


def _epoch(variables: Mapping[str, str], moment: str) -> float | None:
    exact = _digits(variables.get(f"{moment}_uepoch", ""))
    return exact / MICROSECONDS if exact else _digits(variables.get(f"{moment}_epoch", "")) or None


def _digits(text: str) -> int:
    """A whole number of seconds or microseconds; what is none, or beyond any clock, is 0."""
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_MOMENT else 0
