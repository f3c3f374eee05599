"""Sweeps run by hand: every page of a step, as the workflow asks for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from models.sweeping import Page, Swept

Step = Callable[[Page], Awaitable[Swept]]


async def sweep(as_of: datetime, *steps: Step) -> int:
    """How many rows all pages of these steps treated."""
    treated = 0
    for step in steps:
        page: Page | None = Page(as_of)
        while page is not None:
            done = await step(page)
            treated += done.treated
            page = None if done.end is None else Page(as_of, done.end)
    return treated
