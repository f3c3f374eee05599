"""A batch of mails on its way: one after the other, and again what could not be delivered yet.

What became of each stands in its row; here is only the waiting.
"""

from __future__ import annotations

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.mails import MailBatch, deliver_mails
    from workflows.options import LIMITS, MAIL_AGAIN


@workflow.defn
class DeliverMails:
    """Drains one batch; its name is `mail/<batch id>`."""

    @workflow.run
    async def run(self, batch: MailBatch) -> None:
        """Deliver until nothing of the batch is queued any more."""
        while True:
            left = await workflow.execute_activity(
                deliver_mails,
                batch,
                start_to_close_timeout=LIMITS.mail,
                heartbeat_timeout=LIMITS.mail_heartbeat,
                retry_policy=MAIL_AGAIN,
            )
            workflow.set_current_details(f"{left.waiting} mails are waiting.")
            if left.waiting == 0:
                return
            await asyncio.sleep(left.next_in_seconds)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(batch)
