"""The steps of renewing: numbers, orders, and reminders of both, a page at a time.

What is paid and what is let go is known to the models.
"""

from __future__ import annotations

from temporalio import activity

from activities.sweeping import SweepEnd, SweepPage, one_page
from models.panel import did_renewal, order_renewal


@activity.defn
async def renew_dids(page: SweepPage) -> SweepEnd:
    """Renew numbers whose month is over."""
    return await one_page(page, did_renewal.renew_dids)


@activity.defn
async def renew_orders(page: SweepPage) -> SweepEnd:
    """Renew product orders whose period is over."""
    return await one_page(page, order_renewal.renew_orders)


@activity.defn
async def remind_of_dids(page: SweepPage) -> SweepEnd:
    """Remind of numbers that renew soon."""
    return await one_page(page, did_renewal.remind_of_dids)


@activity.defn
async def remind_of_orders(page: SweepPage) -> SweepEnd:
    """Remind of product orders that renew soon."""
    return await one_page(page, order_renewal.remind_of_orders)
