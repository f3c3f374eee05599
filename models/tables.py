"""Every table of the house in one list, for the ORM and for whoever asks what there is.

A table that is not here has no migration; tests compare the two.
"""

from models.access.api_key import ApiKey
from models.access.audit import AuditEvent
from models.access.idempotency import IdempotencyKey
from models.access.session import Session, SignInTry
from models.access.staff import Staff
from models.accounts.account import Account
from models.accounts.credentials import Login, PasswordReset, Pin, PortalCredential
from models.accounts.localization import Localization, LocalizationRule
from models.accounts.rate_group import RateGroup
from models.accounts.tax import AccountTax, Tax
from models.jobs.download import Download
from models.jobs.job import Job, JobChunk
from models.jobs.job_row import JobRow
from models.jobs.outbox import Outbox
from models.jobs.upload import Upload
from models.mail.email import Email
from models.mail.template import EmailTemplate
from models.panel.alert_threshold import AlertThreshold
from models.panel.blocked_code import BlockedCode
from models.panel.caller_id import CallerId, ForceCallerId
from models.panel.did import Did
from models.panel.ip_setting import IpSetting
from models.panel.product import Product, ProductOrder
from models.panel.sip_device import SipDevice
from models.panel.speed_dial import SpeedDial
from models.settings import HouseSettings
from models.switch.node import DeviceNode, SwitchNode

__all__ = [
    "Account",
    "AccountTax",
    "AlertThreshold",
    "ApiKey",
    "AuditEvent",
    "BlockedCode",
    "CallerId",
    "DeviceNode",
    "Did",
    "Download",
    "Email",
    "EmailTemplate",
    "ForceCallerId",
    "HouseSettings",
    "IdempotencyKey",
    "IpSetting",
    "Job",
    "JobChunk",
    "JobRow",
    "Localization",
    "LocalizationRule",
    "Login",
    "Outbox",
    "PasswordReset",
    "Pin",
    "PortalCredential",
    "Product",
    "ProductOrder",
    "RateGroup",
    "Session",
    "SignInTry",
    "SipDevice",
    "SpeedDial",
    "Staff",
    "SwitchNode",
    "Tax",
    "Upload",
]
