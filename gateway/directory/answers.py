"""The XML that FreeSWITCH gets: a user, a list of networks, or the one "not found" document.

A user who signs in always has a hash: FreeSWITCH lets one without in with any password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from uuid import UUID
from xml.sax.saxutils import quoteattr

from models.switch.directory import IP_LOGIN, CallingAccount, DeviceEntry

CONTEXT = "default"  # the dialplan context of a stock FreeSWITCH for its own users
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[A-Za-z0-9 ._,:/@+-]*")  # needs no escape: most values, and much faster
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<document type="freeswitch/xml">\n'
NOT_FOUND = (
    f'{_HEAD}<section name="result">\n<result status="not found"/>\n</section>\n</document>\n'
)
# Reaches every contact of the user on whichever profile it registered.
_DOMAIN_PARAMETERS = (
    '<params>\n<param name="dial-string" value="'
    "{^^:sip_invite_domain=${dialed_domain}:presence_id=${dialed_user}@${dialed_domain}}"
    '${sofia_contact(*/${dialed_user}@${dialed_domain})}"/>\n</params>\n'
)

Attributes = Mapping[str, str]  # the names are ours; values are escaped


def signing_in(device: DeviceEntry, cacheable_milliseconds: int | None) -> str:
    """The user with what proves it; a switch may keep this so long. None: not at all."""
    parameters = {"a1-hash": device.ha1, "allow-empty-password": "false"}
    if device.allowed_networks:
        parameters["auth-acl"] = ",".join(device.allowed_networks)
    user = {"id": device.username}
    if cacheable_milliseconds is not None:
        user["cacheable"] = str(cacheable_milliseconds)
    return _user(device.realm, user, parameters, _variables(device))


def reachable(device: DeviceEntry) -> str:
    """The user as somebody to call: no hash, and never kept by a switch."""
    return _user(device.realm, {"id": device.username}, {}, _variables(device))


def mailbox(device: DeviceEntry) -> str:
    """The user's voice mailbox; never kept by a switch, for a PIN may change."""
    box = device.mailbox
    parameters = {
        "vm-enabled": _word(truth=box.enabled),
        "vm-attach-file": _word(truth=box.attach_file),
        "vm-keep-local-after-email": _word(truth=box.keep_local),
        "vm-email-all-messages": _word(truth=box.mail_all),
    }
    if box.mail_to:
        parameters["vm-mailto"] = box.mail_to
    pin = box.pin()
    if pin is None:
        return NOT_FOUND
    parameters["vm-password"] = pin
    return _user(device.realm, {"id": device.username}, parameters, _variables(device))


def from_network(account: CallingAccount, realm: str) -> str:
    """The account as the user whose calls come from a listed network."""
    login = f"{IP_LOGIN}{account.id}"
    return _user(realm, {"id": login}, {}, _account_variables(account))


def networks(realm: str, listed: Iterable[tuple[UUID, list[str]]]) -> str:
    """The users of a realm by the networks they call from; not found where there are none."""
    users = [
        f"<user{_written({'id': f'{IP_LOGIN}{account_id}', 'cidr': ','.join(cidrs)})}/>\n"
        for account_id, cidrs in listed
    ]
    return _domain(realm, "".join(users)) if users else NOT_FOUND


def _user(realm: str, user: Attributes, parameters: Attributes, variables: Attributes) -> str:
    return _domain(
        realm,
        f"<user{_written(user)}>\n"
        f"<params>\n{_named('param', parameters)}</params>\n"
        f"<variables>\n{_named('variable', variables)}</variables>\n"
        "</user>\n",
    )


def _domain(realm: str, users: str) -> str:
    return (
        f'{_HEAD}<section name="directory">\n<domain{_written({"name": realm})}>\n'
        f"{_DOMAIN_PARAMETERS}"
        f'<groups>\n<group name="default">\n<users>\n{users}</users>\n</group>\n</groups>\n'
        "</domain>\n</section>\n</document>\n"
    )


def _variables(device: DeviceEntry) -> dict[str, str]:
    variables = _account_variables(device.account)
    variables["device_id"] = str(device.id)
    variables["max_calls"] = str(device.max_calls or 0)
    variables["call_waiting"] = _word(truth=device.call_waiting)
    if device.caller_id_name:
        variables["effective_caller_id_name"] = device.caller_id_name
    if device.caller_id_number:
        variables["effective_caller_id_number"] = device.caller_id_number
    if device.codecs:
        variables["absolute_codec_string"] = ",".join(device.codecs)
    return variables


def _account_variables(account: CallingAccount) -> dict[str, str]:
    return {
        "accountcode": account.number,
        "account_id": str(account.id),
        "user_context": CONTEXT,
        "account_max_calls": str(account.concurrent_calls),
        "cps": str(account.calls_per_second),
    }


def _named(element: str, values: Attributes) -> str:
    return "".join(
        [f'<{element} name="{name}" value={_quoted(value)}/>\n' for name, value in values.items()]
    )


def _written(attributes: Attributes) -> str:
    return "".join([f" {name}={_quoted(value)}" for name, value in attributes.items()])


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    if _NOT_XML.search(value):
        raise ValueError("a value holds a character that XML can not carry")
    return quoteattr(value)


def _word(*, truth: bool) -> str:
    return "true" if truth else "false"
