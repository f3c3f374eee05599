"""Doctor sees whether somebody takes what waits on the queues of Temporal."""

from __future__ import annotations

from gateway.doctor.dependencies import worker
from gateway.doctor.finding import State
from gateway.settings import read_settings
from tests.temporal.conftest import House, eventually
from workflows.connection import is_polled
from workflows.options import Queue


async def test_doctor_says_whether_a_worker_polls(house: House) -> None:
    settings = read_settings(
        {
            "TEMPORAL_ADDRESS": house.connection.address,
            "TEMPORAL_NAMESPACE": house.connection.namespace,
            "TRUNKLINE_SECRET_KEY": "k" * 32,
        }
    )
    found = await worker(settings)
    assert found.state is State.BAD
    assert "interactive, bulk, provisioning, billing, mail" in found.sentence
    assert "gateway worker" in found.remedy

    async def all_are_polled() -> bool:
        return all([await is_polled(house.client, queue) for queue in Queue])

    async with house.working():
        await eventually(all_are_polled)
        assert (await worker(settings)).state is State.GOOD


async def test_doctor_can_not_tell_of_workers_without_temporal() -> None:
    settings = read_settings({"TEMPORAL_ADDRESS": "127.0.0.1:1", "TRUNKLINE_SECRET_KEY": "k" * 32})
    found = await worker(settings)
    assert (found.state, "Temporal does not answer" in found.sentence) == (State.BAD, True)
