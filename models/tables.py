"""Every table of the house in one list, for the ORM and for whoever asks what there is.

A table that is not here has no migration; tests compare the two.
"""

from models.access.api_key import ApiKey
from models.access.audit import AuditEvent
from models.access.idempotency import IdempotencyKey
from models.access.session import Session
from models.access.sign_in_try import SignInTry
from models.access.staff import Staff
from models.accounts.account import Account
from models.accounts.credentials import Login, PasswordReset, Pin, PortalCredential
from models.accounts.localization import Localization, LocalizationRule
from models.accounts.rate_group import RateGroup
from models.accounts.tax import AccountTax, Tax
from models.jobs.chunk import JobChunk
from models.jobs.dealing import DealtPositions, DealtRange
from models.jobs.download import Download
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.jobs.outbox import Outbox
from models.jobs.upload import Upload
from models.mail.email import Email
from models.mail.template import EmailTemplate
from models.money.cdr import Cdr, CdrKey, OrphanCdr
from models.money.currency import Currency, CurrencyRate
from models.money.invoice import Invoice, InvoiceLine
from models.money.issuer_profile import IssuerProfile
from models.money.ledger_account import LedgerAccount
from models.money.letterhead import Letterhead
from models.money.numbering import NumberCounter
from models.money.posting import BillableLine, Posting, PostingLine
from models.money.refill import Refill
from models.money.settlement import Allocation, Credit
from models.panel.alert_threshold import AlertThreshold
from models.panel.blocked_code import BlockedCode
from models.panel.caller_id import CallerId, ForceCallerId
from models.panel.did import Did
from models.panel.ip_setting import IpSetting
from models.panel.product import Product, ProductOrder
from models.panel.resale import ResellerPrice
from models.panel.retired_username import RetiredUsername
from models.panel.sip_device import SipDevice
from models.panel.speed_dial import SpeedDial
from models.settings import HouseSettings
from models.switch.node import DeviceNode, SwitchNode
from models.switch.refusal import DeviceRefusal, SignInRefusals
from models.switch.registration import DeviceRegistration

__all__ = [
    "Account",
    "AccountTax",
    "AlertThreshold",
    "Allocation",
    "ApiKey",
    "AuditEvent",
    "BillableLine",
    "BlockedCode",
    "CallerId",
    "Cdr",
    "CdrKey",
    "Credit",
    "Currency",
    "CurrencyRate",
    "DealtPositions",
    "DealtRange",
    "DeviceNode",
    "DeviceRefusal",
    "DeviceRegistration",
    "Did",
    "Download",
    "Email",
    "EmailTemplate",
    "ForceCallerId",
    "HouseSettings",
    "IdempotencyKey",
    "Invoice",
    "InvoiceLine",
    "IpSetting",
    "IssuerProfile",
    "Job",
    "JobChunk",
    "JobRow",
    "LedgerAccount",
    "Letterhead",
    "Localization",
    "LocalizationRule",
    "Login",
    "NumberCounter",
    "OrphanCdr",
    "Outbox",
    "PasswordReset",
    "Pin",
    "PortalCredential",
    "Posting",
    "PostingLine",
    "Product",
    "ProductOrder",
    "RateGroup",
    "Refill",
    "ResellerPrice",
    "RetiredUsername",
    "Session",
    "SignInRefusals",
    "SignInTry",
    "SipDevice",
    "SpeedDial",
    "Staff",
    "SwitchNode",
    "Tax",
    "Upload",
]
