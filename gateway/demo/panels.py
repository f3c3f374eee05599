"""The left panel of the customer screen: one customer has everything, others some of it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from gateway.demo.cast import FULL, customers
from gateway.demo.stage import Stage, account_ids
from models.panel.alert_threshold import AlertThreshold
from models.panel.blocked_code import BlockedCode
from models.panel.caller_id import CallerId, ForceCallerId
from models.panel.ip_setting import IpSetting
from models.panel.sip_device import SipDevice
from models.panel.speed_dial import SpeedDial
from models.rules.enums import ActiveStatus
from models.rules.panel import (
    AlertThresholdDraft,
    BlockedCodeDraft,
    IpSettingDraft,
    LineDraft,
    SpeedDialDraft,
)
from models.rules.sip_device import SipDeviceDraft, VoicemailDraft

ON = ActiveStatus.ACTIVE
PREMIUM = (("1900", "Premium rate"), ("44870", "Premium rate UK"), ("882", "Satellite"))
FAMILY = ("+12025550177", "+12025550178", "+442079460901", "+493023125901")


async def furnish(stage: Stage) -> None:
    """Fill the panels."""
    known = await account_ids()
    for customer in customers():
        account_id = known[customer.number]
        if customer.position % 4 == 0:
            await _list_caller_id(stage, account_id, customer.line)
            await _dial_and_block(stage, account_id)
    await _complete(stage, known[FULL])


async def _list_caller_id(stage: Stage, account_id: UUID, number: str) -> None:
    if not await CallerId.filter(account_id=account_id, number=number).exists():
        await CallerId.enlist(stage.viewer, account_id, LineDraft(number), ON)


async def _dial_and_block(stage: Stage, account_id: UUID) -> None:
    await SpeedDial.assign(stage.viewer, account_id, SpeedDialDraft(1, FAMILY[0]))
    prefix, name = PREMIUM[0]
    if not await BlockedCode.filter(account_id=account_id, prefix=prefix).exists():
        await BlockedCode.block(stage.viewer, account_id, BlockedCodeDraft(prefix, name))


async def _complete(stage: Stage, account_id: UUID) -> None:
    """Whatever a panel can hold, for the one customer that the example documents show."""
    for key, number in enumerate(FAMILY, start=2):
        await SpeedDial.assign(stage.viewer, account_id, SpeedDialDraft(key, number))
    for prefix, name in PREMIUM[1:]:
        if not await BlockedCode.filter(account_id=account_id, prefix=prefix).exists():
            await BlockedCode.block(stage.viewer, account_id, BlockedCodeDraft(prefix, name))
    await _list_caller_id(stage, account_id, "+12025550199")
    forced = LineDraft("+12025550199", "Reception")
    await ForceCallerId.impose(stage.viewer, account_id, forced, ActiveStatus.INACTIVE)
    threshold = AlertThresholdDraft(enabled=True, balance_below=Decimal(10))
    await AlertThreshold.assign(stage.viewer, account_id, threshold)
    await _list_networks(stage, account_id)
    await _issue_second_device(stage, account_id)


async def _list_networks(stage: Stage, account_id: UUID) -> None:
    networks = (IpSettingDraft("Office", "198.51.100.0/28"), IpSettingDraft("PBX", "203.0.113.9"))
    known = {setting.name for setting in await IpSetting.filter(account_id=account_id)}
    for draft in networks:
        if draft.name not in known:
            await IpSetting.list_network(stage.viewer, account_id, draft, ON)


async def _issue_second_device(stage: Stage, account_id: UUID) -> None:
    username = f"{FULL}-mobile"
    if not await SipDevice.filter(account_id=account_id, username=username).exists():
        draft = SipDeviceDraft(
            account_id=account_id,
            username=username,
            codecs=("OPUS", "G722", "PCMA"),
            max_calls=2,
            voicemail=VoicemailDraft(enabled=True, mail_to="voicemail@customers.example"),
        )
        await SipDevice.issue(stage.viewer, draft)
