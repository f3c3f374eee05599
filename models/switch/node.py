"""Registrar nodes: the FreeSWITCH and Kamailio instances that ask our directory.

Each has credentials of its own; a retired one is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns, seal, versions
from models.access import audit
from models.constraints import understood
from models.database import raw, transaction
from models.ids import new_id
from models.rules.enums import SwitchKind, SwitchNodeState
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.switch_node import NodeDraft, NodePatch
from models.rules.viewer import Viewer

if TYPE_CHECKING:
    import asyncpg

NODE_SECRET = "switch-node-secret"  # noqa: S105 - the purpose of the seal
PASSWORD_BYTES = 32

_LOGINS = """
SELECT id, name, directory_user, directory_password_hash FROM switch_nodes WHERE state <> 'RETIRED'
"""
_SEEN = "UPDATE switch_nodes SET last_seen_at = now() WHERE id = ANY ($1)"
_FIRST = """
INSERT INTO switch_nodes (id, version, name, kind, profiles, directory_user,
                          directory_password_hash, state, created_at)
VALUES ($1, 1, $2, 'FREESWITCH', '{}', $2, $3, 'ACTIVE', now())
ON CONFLICT (directory_user) DO UPDATE
   SET directory_password_hash = excluded.directory_password_hash
 WHERE switch_nodes.state <> 'RETIRED'
"""


@dataclass(frozen=True, slots=True)
class NodeCredentials:
    """A switch that is attached now, with the password that is shown only here and now."""

    node_id: UUID
    directory_user: str
    directory_password: str


@dataclass(frozen=True, slots=True)
class NodeLogin:
    """What a listener needs to recognise a switch."""

    id: UUID
    name: str
    user: str
    password_hash: str


class SwitchNode(Model):
    """One switch; `directory_user` is what it signs in to the directory listener with."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    name = fields.CharField(max_length=80, unique=True)
    kind = columns.word(SwitchKind)
    # host:port of the event socket, or the RPC URL; null: asks the directory, is never pushed to.
    address = fields.CharField(max_length=255, null=True)
    profiles = ArrayField(element_type="text", default=list)
    secret_sealed = fields.BinaryField(null=True)  # event socket password or bearer token
    directory_user = fields.CharField(max_length=64, unique=True)
    directory_password_hash = fields.CharField(max_length=64)  # SHA-256 of 256 random bits, hex
    state = columns.word(SwitchNodeState, default=SwitchNodeState.ACTIVE)
    last_seen_at = fields.DatetimeField(null=True)
    last_swept_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=500, null=True)
    # Of the networks it has read last: it is told to read anew when ours differ.
    lists_digest = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "switch_nodes"

    @classmethod
    async def attach(cls, viewer: Viewer, draft: NodeDraft) -> NodeCredentials:
        """Add a switch and give it credentials for the directory. Raises Refused, TAKEN."""
        if problems := draft.problems():
            raise Refused(problems)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        with understood():
            async with transaction():
                node = await cls.create(
                    id=new_id(),
                    name=draft.name,
                    kind=draft.kind,
                    address=draft.address,
                    profiles=list(draft.profiles),
                    secret_sealed=_sealed(draft.secret),
                    directory_user=f"switch-{secrets.token_hex(4)}",
                    directory_password_hash=password_hash(password),
                )
                await audit.record(viewer, "switchNodeCreate", node.subject)
        return NodeCredentials(node.id, node.directory_user, password)

    @classmethod
    async def change(
        cls, viewer: Viewer, node_id: UUID, expected_version: int | None, patch: NodePatch
    ) -> Self:
        """Change where a switch is, or drain it. Raises NOT_FOUND, VERSION_CONFLICT, Refused."""
        async with transaction():
            node = await cls._locked(node_id, expected_version)
            if problems := patch.problems(node.kind, node._missing()):  # noqa: SLF001 - our own row
                raise Refused(problems)
            old = {name: getattr(node, name, None) for name in patch.changes if name != "secret"}
            node._apply(patch.changes)  # noqa: SLF001 - our own row
            if patch.moves:  # what it holds and has read is another's, or of before
                node.last_swept_at = node.lists_digest = None
            await node._keep(viewer, "switchNodeUpdate", old, _told(patch.changes))  # noqa: SLF001 - a row of this class
            return node

    @classmethod
    async def retire(cls, viewer: Viewer, node_id: UUID) -> Self:
        """Refuse a switch from now on and wait for it no longer. Raises NOT_FOUND, ALREADY_DONE."""
        async with transaction():
            node = await cls._locked(node_id, None)
            old = {"state": node.state}
            node.state = SwitchNodeState.RETIRED
            await node._keep(viewer, "switchNodeRetire", old, {"state": node.state})  # noqa: SLF001 - a row of this class
            return node

    @classmethod
    async def first_credentials(cls, user: str, password: str) -> None:
        """Let a switch of this machine ask the directory; repeated, it sets the password anew.

        password: at least 32 random characters. Nothing is pushed to a switch without address.
        """
        async with transaction() as tx:
            await raw(tx).execute(_FIRST, new_id(), user, password_hash(password))

    @property
    def subject(self) -> audit.Subject:
        """What the audit trail calls it."""
        return audit.Subject("SwitchNode", self.id, self.name)

    @classmethod
    async def _locked(cls, node_id: UUID, expected_version: int | None) -> Self:
        node = await cls.filter(id=node_id).select_for_update().first()
        if node is None:
            raise DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such switch.")
        if node.state is SwitchNodeState.RETIRED:
            raise DomainError(ErrorCode.ALREADY_DONE, ("id",), "This switch is retired.")
        versions.expect(node.version, expected_version)
        return node

    def _missing(self) -> list[str]:
        lacking = {"profiles": not self.profiles, "secret": self.secret_sealed is None}
        return [name for name, is_missing in lacking.items() if is_missing]

    def _apply(self, changes: Mapping[str, Any]) -> None:
        for name, value in changes.items():
            if name == "secret":
                self.secret_sealed = _sealed(value)
            else:
                setattr(self, name, list(value) if isinstance(value, tuple) else value)

    async def _keep(
        self, viewer: Viewer, action: str, old: Mapping[str, object], new: Mapping[str, object]
    ) -> None:
        self.version += 1
        await self.save()
        await audit.record(viewer, action, self.subject, audit.differences(old, new))


class DeviceNode(Model):
    """How far one switch has followed one device."""

    id = fields.UUIDField(primary_key=True)
    device = columns.belongs_to("SipDevice", "nodes", goes_along=True)
    device_id: UUID
    node = columns.belongs_to("SwitchNode", "devices", goes_along=True)
    node_id: UUID
    wanted_generation = fields.BigIntField()
    applied_generation = fields.BigIntField(default=0)
    step = fields.CharField(max_length=16, null=True)
    attempts = fields.IntField(default=0)
    last_error = fields.CharField(max_length=500, null=True)
    since = fields.DatetimeField(null=True)

    class Meta:
        table = "device_nodes"
        unique_together = (("device", "node"),)


async def node_logins(
    connection: asyncpg.Connection[asyncpg.Record],
) -> dict[str, NodeLogin]:
    """Every switch that may ask, by its directory user."""
    return {row["directory_user"]: NodeLogin(*row) for row in await connection.fetch(_LOGINS)}


async def mark_seen(
    connection: asyncpg.Connection[asyncpg.Record], node_ids: Iterable[UUID]
) -> None:
    """Write down that these switches asked just now."""
    await connection.execute(_SEEN, list(node_ids))


def password_hash(password: str) -> str:
    """A directory password as it is kept: it is random, so one plain hash is enough."""
    return hashlib.sha256(password.encode()).hexdigest()


def password_matches(password: str, kept: str) -> bool:
    """Whether the password made this hash, in the same time either way."""
    return hmac.compare_digest(password_hash(password), kept)


def _sealed(secret: str | None) -> bytes | None:
    return seal.seal(NODE_SECRET, secret.encode()) if secret else None


def _told(changes: Mapping[str, object]) -> dict[str, object]:
    """The changes as the audit trail may show them."""
    return {
        name: audit.CHANGED if name == "secret" else _listed(value)
        for name, value in changes.items()
    }


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
