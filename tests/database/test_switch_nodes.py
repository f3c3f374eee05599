"""Switches: attached, moved, retired; their credentials known once and kept as a hash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models import seal
from models.access.audit import AuditEvent
from models.database import raw, transaction
from models.ids import new_id
from models.rules.enums import SwitchKind, SwitchNodeState
from models.rules.errors import DomainError, ErrorCode
from models.rules.switch_node import NodeDraft, NodePatch
from models.switch import telling
from models.switch.node import (
    NODE_SECRET,
    NodeCredentials,
    NodeLogin,
    SwitchNode,
    node_logins,
    password_matches,
)
from tests.people import Person, administrator

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def admin(database: str) -> Person:
    return await administrator()


async def attach(admin: Person, **said: Any) -> NodeCredentials:
    fields: dict[str, Any] = {
        "name": "fs1",
        "kind": SwitchKind.FREESWITCH,
        "address": "10.0.0.5:8021",
    }
    fields |= {"profiles": ("internal",), "secret": "ClueCon"}
    return await SwitchNode.attach(admin.viewer, NodeDraft(**(fields | said)))


async def logins() -> dict[str, NodeLogin]:
    async with transaction() as tx:
        return await node_logins(raw(tx))


async def test_a_switch_gets_credentials_that_are_kept_as_a_hash_alone(admin: Person) -> None:
    made = await attach(admin)
    row = await SwitchNode.get(id=made.node_id)
    assert made.directory_password not in str(vars(row))
    assert len(made.directory_password) >= 43
    login = (await logins())[made.directory_user]
    assert password_matches(made.directory_password, login.password_hash)
    assert not password_matches("another", login.password_hash)


async def test_the_secret_of_a_switch_is_sealed(admin: Person) -> None:
    row = await SwitchNode.get(id=(await attach(admin)).node_id)
    assert row.secret_sealed is not None
    assert b"ClueCon" not in row.secret_sealed
    assert seal.unseal(NODE_SECRET, row.secret_sealed) == b"ClueCon"


async def test_a_name_is_taken_once(admin: Person) -> None:
    await attach(admin)
    with pytest.raises(DomainError) as refusal:
        await attach(admin)
    assert (refusal.value.code, refusal.value.field) == (ErrorCode.TAKEN, ("name",))


async def test_the_first_switch_is_told_things_only_with_a_profile_and_a_password(
    admin: Person,
) -> None:
    await SwitchNode.first_credentials("switch", "p" * 32)
    node = await SwitchNode.get(directory_user="switch")
    bare = NodePatch({"address": "10.0.0.5:8021"})
    with pytest.raises(DomainError) as refusal:
        await SwitchNode.change(admin.viewer, node.id, None, bare)
    assert [problem.field for problem in refusal.value.problems] == [("profiles",), ("secret",)]
    assert (await SwitchNode.get(id=node.id)).address is None
    whole = NodePatch({**bare.changes, "profiles": ("internal",), "secret": "ClueCon"})
    await SwitchNode.change(admin.viewer, node.id, None, whole)
    assert (await SwitchNode.get(id=node.id)).address == "10.0.0.5:8021"


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "10.0.0.6:8021"},
        {"profiles": ("external",)},
        {"state": SwitchNodeState.DRAINING},
    ],
)
async def test_a_switch_that_is_another_now_counts_as_never_swept_and_has_read_nothing(
    admin: Person, changes: dict[str, Any]
) -> None:
    node_id = (await attach(admin)).node_id
    swept = {"last_swept_at": datetime.now(UTC), "lists_digest": "of today"}
    await SwitchNode.filter(id=node_id).update(**swept)
    await SwitchNode.change(admin.viewer, node_id, None, NodePatch({"secret": "Another"}))
    assert (await SwitchNode.get(id=node_id)).lists_digest == "of today"
    await SwitchNode.change(admin.viewer, node_id, None, NodePatch(changes))
    row = await SwitchNode.get(id=node_id)
    assert (row.last_swept_at, row.lists_digest) == (None, None)


@pytest.mark.parametrize("state", [SwitchNodeState.ACTIVE, SwitchNodeState.DRAINING])
async def test_a_switch_that_was_away_is_swept_and_reads_its_lists_again(
    admin: Person, state: SwitchNodeState
) -> None:
    node_id = (await attach(admin)).node_id
    swept = {"last_swept_at": datetime.now(UTC), "lists_digest": "of today", "state": state}
    await SwitchNode.filter(id=node_id).update(**swept)
    await telling.not_reached(node_id, "away")
    await telling.reached(node_id)
    row = await SwitchNode.get(id=node_id)
    assert (row.state, row.last_swept_at, row.lists_digest) == (state, None, None)


async def test_a_broken_rule_attaches_nothing(admin: Person) -> None:
    with pytest.raises(DomainError):
        await attach(admin, address="nowhere")
    assert await SwitchNode.all().count() == 0


async def test_a_change_is_versioned_and_told_without_the_secret(admin: Person) -> None:
    made = await attach(admin)
    patch = NodePatch({"address": "10.0.0.6:8021", "secret": "new-one", "profiles": ("a", "b")})
    await SwitchNode.change(admin.viewer, made.node_id, 1, patch)
    row = await SwitchNode.get(id=made.node_id)
    assert (row.version, row.address, row.profiles) == (2, "10.0.0.6:8021", ["a", "b"])
    assert seal.unseal(NODE_SECRET, row.secret_sealed or b"") == b"new-one"
    changes = (await AuditEvent.get(action="switchNodeUpdate")).changes
    assert {"field": "secret", "old": None, "new": "changed"} in changes
    with pytest.raises(DomainError) as refusal:
        await SwitchNode.change(admin.viewer, made.node_id, 1, patch)
    assert refusal.value.code is ErrorCode.VERSION_CONFLICT


async def test_a_retired_switch_is_a_stranger_and_stays_one(admin: Person) -> None:
    made = await attach(admin)
    await SwitchNode.retire(admin.viewer, made.node_id)
    assert await logins() == {}
    for again in (
        SwitchNode.retire(admin.viewer, made.node_id),
        SwitchNode.change(admin.viewer, made.node_id, None, NodePatch({"secret": "x"})),
    ):
        with pytest.raises(DomainError) as refusal:
            await again
        assert refusal.value.code is ErrorCode.ALREADY_DONE


async def test_a_switch_that_never_was_is_not_found(admin: Person) -> None:
    with pytest.raises(DomainError) as refusal:
        await SwitchNode.retire(admin.viewer, new_id())
    assert refusal.value.code is ErrorCode.NOT_FOUND


async def test_the_first_credentials_are_set_anew_by_each_start() -> None:
    for password in ("p" * 40, "q" * 40):
        await SwitchNode.first_credentials("switch", password)
    login = (await logins())["switch"]
    assert password_matches("q" * 40, login.password_hash)
    assert not password_matches("p" * 40, login.password_hash)


async def test_the_first_credentials_of_a_retired_switch_stay_retired(admin: Person) -> None:
    await SwitchNode.first_credentials("switch", "p" * 40)
    row = await SwitchNode.get(directory_user="switch")
    await SwitchNode.retire(admin.viewer, row.id)
    await SwitchNode.first_credentials("switch", "q" * 40)
    assert await logins() == {}
    assert (await SwitchNode.get(id=row.id)).state is SwitchNodeState.RETIRED
