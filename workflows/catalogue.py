"""Which stories and steps there are, and on which queue each is served.

A workflow or activity that is not here is served by nobody; a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from activities.batch_update import change_accounts, stage_changes
from activities.billing import bill_accounts, open_billing_run, stage_due_accounts
from activities.deletion import delete_accounts, stage_deletions
from activities.devices import (
    drop_at_switch,
    flush_at_switch,
    give_up_at_switch,
    look_at_device,
    settle_device,
    verify_at_switch,
)
from activities.exports import export_customers
from activities.imports import open_rows, stage_rows
from activities.jobs import cancel_job, conclude_job, fail_job, proceed_with_job
from activities.mails import deliver_mails
from activities.mass_create import count_accounts, make_accounts
from activities.notices import alert_low_balances, follow_expiries
from activities.overdue import remind_of_invoices, suspend_debtors
from activities.renewals import remind_of_dids, remind_of_orders, renew_dids, renew_orders
from activities.reports import write_report
from activities.switches import (
    follow_subtree_page,
    read_ip_lists,
    refresh_registrations,
    sweep_switch,
    watch_switches,
)
from activities.tidying import tidy_up
from workflows.options import Queue
from workflows.stories.batch_update import BatchUpdate
from workflows.stories.billing_sweep import BillingRun, BillingSweep
from workflows.stories.delete_customers import DeleteCustomers
from workflows.stories.expiry_sweep import ExpirySweep
from workflows.stories.export_customers import ExportCustomers
from workflows.stories.follow_subtree import FollowSubtree
from workflows.stories.import_customers import ImportCustomers
from workflows.stories.keep_house import KeepHouse
from workflows.stories.low_balance_sweep import LowBalanceSweep
from workflows.stories.mass_create import MassCreateCustomers
from workflows.stories.overdue_sweep import OverdueSweep
from workflows.stories.provision_device import ProvisionDevice
from workflows.stories.read_ip_lists import ReadIpLists
from workflows.stories.renewal_sweep import RenewalSweep
from workflows.stories.send_mail import DeliverMails
from workflows.stories.watch_switches import WatchSwitches


@dataclass(frozen=True, slots=True)
class Served:
    """What waits on one queue."""

    workflows: Sequence[type] = ()
    activities: Sequence[Callable[..., Any]] = ()


# What moves every job along; billing has a queue of its own, so that invoices never wait for bulk.
JOB_STEPS = (proceed_with_job, conclude_job, cancel_job, fail_job)

ON_QUEUE = MappingProxyType(
    {
        Queue.BULK: Served(
            workflows=(
                MassCreateCustomers,
                ImportCustomers,
                ExportCustomers,
                BatchUpdate,
                DeleteCustomers,
            ),
            activities=(
                *JOB_STEPS,
                stage_rows,
                open_rows,
                count_accounts,
                make_accounts,
                export_customers,
                write_report,
                stage_changes,
                change_accounts,
                stage_deletions,
                delete_accounts,
            ),
        ),
        Queue.INTERACTIVE: Served(workflows=(KeepHouse,), activities=(tidy_up,)),
        Queue.BILLING: Served(
            workflows=(
                BillingSweep,
                BillingRun,
                RenewalSweep,
                OverdueSweep,
                ExpirySweep,
                LowBalanceSweep,
            ),
            activities=(
                *JOB_STEPS,
                open_billing_run,
                stage_due_accounts,
                bill_accounts,
                renew_dids,
                renew_orders,
                remind_of_dids,
                remind_of_orders,
                remind_of_invoices,
                suspend_debtors,
                follow_expiries,
                alert_low_balances,
            ),
        ),
        Queue.PROVISIONING: Served(
            workflows=(ProvisionDevice, FollowSubtree, ReadIpLists, WatchSwitches),
            activities=(
                look_at_device,
                flush_at_switch,
                drop_at_switch,
                verify_at_switch,
                give_up_at_switch,
                settle_device,
                follow_subtree_page,
                read_ip_lists,
                watch_switches,
                sweep_switch,
                refresh_registrations,
            ),
        ),
        Queue.MAIL: Served(workflows=(DeliverMails,), activities=(deliver_mails,)),
    }
)
