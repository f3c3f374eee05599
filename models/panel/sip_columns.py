"""How what a form says of a device becomes its columns, and the columns what the trail says.

Both ways in one place, so that a field can not be written without being told of.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from models.rules.sip_device import SipDeviceDraft, VoicemailDraft, canonical_networks

# column → its name in the API
SPOKEN: Mapping[str, str] = MappingProxyType(
    {
        "status": "status",
        "caller_id_name": "callerIdName",
        "caller_id_number": "callerIdNumber",
        "codecs": "codecs",
        "call_waiting": "callWaiting",
        "max_calls": "maxCalls",
        "allowed_networks": "allowedNetworks",
        "voicemail_enabled": "voicemail.enabled",
        "voicemail_mail_to": "voicemail.mailTo",
        "voicemail_attach_file": "voicemail.attachFile",
        "voicemail_keep_local": "voicemail.keepLocal",
        "voicemail_mail_all": "voicemail.mailAll",
    }
)


def columns_of_draft(draft: SipDeviceDraft) -> dict[str, Any]:
    """What the form says; what it leaves out stays as the house makes it."""
    said: dict[str, Any] = {
        "status": draft.status,
        "caller_id_name": draft.caller_id_name,
        "caller_id_number": draft.caller_id_number,
        "codecs": draft.codecs,
        "call_waiting": draft.call_waiting,
        "max_calls": draft.max_calls,
        "allowed_networks": draft.allowed_networks,
        "voicemail": draft.voicemail,
    }
    return columns_of({name: value for name, value in said.items() if value is not None})


def columns_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes by attribute of the draft as columns; None clears."""
    found: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "voicemail":
            found.update(_mailbox(value))
        elif name == "allowed_networks":
            found[name] = canonical_networks(value or ())
        else:
            found[name] = list(value or ()) if name == "codecs" else value
    return found


def told(row: object) -> dict[str, object]:
    """A device's columns as the audit trail names them."""
    return {spoken: getattr(row, column) for column, spoken in SPOKEN.items()}


def _mailbox(voicemail: VoicemailDraft) -> dict[str, Any]:
    return {
        "voicemail_enabled": voicemail.enabled,
        "voicemail_mail_to": voicemail.mail_to,
        "voicemail_attach_file": voicemail.attach_file,
        "voicemail_keep_local": voicemail.keep_local,
        "voicemail_mail_all": voicemail.mail_all,
    }
