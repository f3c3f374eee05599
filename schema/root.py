"""The roots: every query, mutation and subscription, gathered from the rooms.

A room's fields stand in its own files; this one only lists the rooms.
"""

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig

from schema.access.api_key import ApiKeyMutations, ApiKeyQueries
from schema.access.audit import AuditQueries
from schema.access.password import PasswordMutations
from schema.access.session import SessionMutations, SessionQueries
from schema.access.staff import StaffMutations, StaffQueries
from schema.access.viewer import ViewerQueries
from schema.accounts.call_decision import CallDecisionQueries
from schema.accounts.customer_changes import CustomerChangeMutations
from schema.accounts.customer_list import CustomerQueries, CustomerSubscriptions
from schema.accounts.customer_mutations import CustomerMutations
from schema.accounts.customer_secrets import CustomerSecretMutations
from schema.accounts.localization import LocalizationMutations, LocalizationQueries
from schema.accounts.rate_group import RateGroupMutations, RateGroupQueries
from schema.accounts.reseller import ResellerQueries
from schema.accounts.reseller_mutations import ResellerMutations
from schema.accounts.settings import SettingsMutations, SettingsQueries
from schema.accounts.tax import TaxMutations, TaxQueries
from schema.jobs.batch_update import BatchUpdateMutations
from schema.jobs.billing_run import BillingRunMutations
from schema.jobs.control import JobMutations
from schema.jobs.deletion import DeletionMutations, DeletionQueries
from schema.jobs.export_customers import ExportMutations
from schema.jobs.import_customers import ImportMutations
from schema.jobs.job import JobQueries, JobSubscriptions
from schema.jobs.mass_create import MassCreateMutations, MassCreateQueries
from schema.money.cdr import CdrQueries
from schema.money.currency import CurrencyMutations, CurrencyQueries
from schema.money.invoice import InvoiceQueries
from schema.money.invoice_mutations import InvoiceMutations
from schema.money.issuer_profile import IssuerProfileMutations, IssuerProfileQueries
from schema.money.movement_mutations import MovementMutations
from schema.money.movements import RefillQueries
from schema.money.reconciliation import ReconciliationQueries
from schema.money.statement import StatementQueries
from schema.panel.alert_threshold import AlertThresholdMutations
from schema.panel.blocked_code import BlockedCodeMutations
from schema.panel.caller_id import CallerIdMutations
from schema.panel.did import DidQueries
from schema.panel.did_mutations import DidMutations
from schema.panel.email import EmailQueries
from schema.panel.email_mutations import EmailMutations
from schema.panel.email_template import EmailTemplateMutations, EmailTemplateQueries
from schema.panel.ip_setting import IpSettingMutations
from schema.panel.product import ProductQueries
from schema.panel.product_mutations import ProductMutations
from schema.panel.sip_device import SipDeviceQueries
from schema.panel.sip_device_mutations import SipDeviceMutations
from schema.panel.speed_dial import SpeedDialMutations
from schema.permissions import SIGNED_IN
from schema.reads import Node, installed, root_node, root_nodes
from schema.scalars import SCALARS
from schema.switch.sign_in_alert import SignInAlertMutations, SignInAlertQueries
from schema.switch.switch_node import SwitchNodeQueries
from schema.switch.switch_node_mutations import SwitchNodeMutations


@strawberry.type(description="Everything that can be read.")
class Query(
    DeletionQueries,
    CallDecisionQueries,
    CdrQueries,
    EmailQueries,
    EmailTemplateQueries,
    InvoiceQueries,
    StatementQueries,
    ReconciliationQueries,
    IssuerProfileQueries,
    RefillQueries,
    DidQueries,
    ProductQueries,
    ViewerQueries,
    SessionQueries,
    ApiKeyQueries,
    StaffQueries,
    AuditQueries,
    SettingsQueries,
    CurrencyQueries,
    RateGroupQueries,
    LocalizationQueries,
    TaxQueries,
    ResellerQueries,
    CustomerQueries,
    JobQueries,
    MassCreateQueries,
    SipDeviceQueries,
    SwitchNodeQueries,
    SignInAlertQueries,
):
    """The read side."""

    node: Node | None = root_node(
        permission=SIGNED_IN,
        description="Any object by its global id; null when there is none that the viewer sees.",
    )
    nodes: list[Node | None] = root_nodes(
        permission=SIGNED_IN,
        description="Objects by their global ids, in their order; null for each that is not seen.",
    )


@strawberry.type(description="Everything that can be done; each takes one `input`.")
class Mutation(
    DeletionMutations,
    BatchUpdateMutations,
    BillingRunMutations,
    InvoiceMutations,
    IssuerProfileMutations,
    CurrencyMutations,
    EmailMutations,
    EmailTemplateMutations,
    MovementMutations,
    ImportMutations,
    ExportMutations,
    MassCreateMutations,
    DidMutations,
    ProductMutations,
    SessionMutations,
    PasswordMutations,
    ApiKeyMutations,
    StaffMutations,
    SettingsMutations,
    RateGroupMutations,
    LocalizationMutations,
    TaxMutations,
    ResellerMutations,
    CustomerMutations,
    JobMutations,
    SipDeviceMutations,
    SwitchNodeMutations,
    SignInAlertMutations,
    CustomerChangeMutations,
    CustomerSecretMutations,
    AlertThresholdMutations,
    BlockedCodeMutations,
    CallerIdMutations,
    IpSettingMutations,
    SpeedDialMutations,
):
    """The write side."""


@strawberry.type(description="What is told as it happens.")
class Subscription(CustomerSubscriptions, JobSubscriptions):
    """The live side."""


def build() -> strawberry.Schema:
    """The schema of the API; expensive, so once a process."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=dict(SCALARS)),
    )
    _declare_one_ofs(schema)
    return installed(schema)


def _declare_one_ofs(schema: strawberry.Schema) -> None:
    """Tell graphql-core which inputs take exactly one field: Strawberry keeps it to itself."""
    for type_ in schema._schema.type_map.values():  # noqa: SLF001 - it has no other name
        if isinstance(type_, GraphQLInputObjectType):
            type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of
