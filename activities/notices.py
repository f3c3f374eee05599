"""The steps of expiries and of low balances, a page at a time."""

from __future__ import annotations

from temporalio import activity

from activities.sweeping import SweepEnd, SweepPage, one_page
from models.accounts import expiring
from models.money import low_balance


@activity.defn
async def follow_expiries(page: SweepPage) -> SweepEnd:
    """Drop registrations of accounts that have expired, and tell their holders."""
    return await one_page(page, expiring.follow_expiries)


@activity.defn
async def alert_low_balances(page: SweepPage) -> SweepEnd:
    """Tell of low balances that nobody was told of."""
    return await one_page(page, low_balance.alert_low_balances)
