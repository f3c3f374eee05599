"""The demo is put on stage scene by scene, once; the audit trail remembers that it was.

An interrupted start goes on where it was; after the last scene nothing is made again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.demo.billing import bill
from gateway.demo.calls import call
from gateway.demo.customer_list import hand_in
from gateway.demo.inventory import sell
from gateway.demo.panels import furnish
from gateway.demo.people import move_in
from gateway.demo.stage import Stage
from gateway.secret_file import write_secret
from gateway.settings import Settings
from gateway.storage import open_storage
from models.access import audit
from models.access.audit import AuditEvent
from models.access.principal import principal_by_id
from models.access.staff import Staff
from models.database import transaction
from models.rules.enums import Role
from models.rules.password import random_password
from models.switch.node import SwitchNode

ACTION = "demoSeed"
PASSWORD_FILE = "demo.password"  # noqa: S105 - the name of a file
SCENES = (
    ("people", move_in),
    ("panels", furnish),
    ("DIDs and products", sell),
    ("calls", call),
    ("refills and invoices", bill),
    ("an import", hand_in),
)


async def seed_demo(settings: Settings, say: Callable[[str], None]) -> bool:
    """Make the demo house where it was never made; tells whether it was made now.

    Raises DomainError when what people have made stands in the way.
    """
    if await AuditEvent.filter(action=ACTION).exists():
        return False
    stage = await _stage(settings, say)
    for position, (name, scene) in enumerate(SCENES, start=1):
        say(f"demo data, {position} of {len(SCENES)}: {name}")
        await scene(stage)
    async with transaction():
        staff = await Staff.get(id=stage.viewer.principal_id)
        subject = audit.Subject("StaffMember", staff.id, staff.name)
        await audit.record(stage.viewer, ACTION, subject)
    return True


async def _stage(settings: Settings, say: Callable[[str], None]) -> Stage:
    administrator = await Staff.filter(role=Role.ADMIN).order_by("created_at").first()
    node = await SwitchNode.all().order_by("created_at").first()
    if administrator is None or node is None:
        raise LookupError("demo data need an administrator and a switch")
    principal = await principal_by_id(administrator.id)
    return Stage(
        viewer=principal.viewer(),
        node_id=node.id,
        store=open_storage(settings.storage_url),
        password=_password(settings.data_dir / PASSWORD_FILE),
        say=say,
    )


def _password(path: Path) -> str:
    """What everybody of the demo signs in with: another one in each house, kept for its owner."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, random_password())
    return path.read_text().strip()
