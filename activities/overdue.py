"""The steps of overdue invoices: reminders first, then suspension, a page at a time."""

from __future__ import annotations

from temporalio import activity

from activities.sweeping import SweepEnd, SweepPage, one_page
from models.money import overdue


@activity.defn
async def remind_of_invoices(page: SweepPage) -> SweepEnd:
    """Remind of invoices that are overdue."""
    return await one_page(page, overdue.remind_of_invoices)


@activity.defn
async def suspend_debtors(page: SweepPage) -> SweepEnd:
    """Suspend accounts whose debt is too old."""
    return await one_page(page, overdue.suspend_debtors)
