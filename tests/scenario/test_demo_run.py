"""The first start with demo data, over real processes: sign-in, mails, the import of a list."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from gateway.demo.customer_list import ROWS
from gateway.demo.seeding import PASSWORD_FILE
from gateway.settings import PROJECT
from tests.scenario.running import RunningHouse, running

ADMINISTRATOR = {
    "TRUNKLINE_ADMIN_EMAIL": "ada@house.example",
    "TRUNKLINE_ADMIN_PASSWORD": "correct horse 9 Battery",
}
GOOD_ROWS = 7
PATIENCE_SECONDS = 60.0  # mails leave a few a second, and the machine may be busy


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    settings = {"TRUNKLINE_DEMO": "1", **ADMINISTRATOR}
    with running(tmp_path_factory.mktemp("demo") / "files", settings) as house:
        house.ready()
        yield house


@pytest.mark.parametrize("login", ["northwind", "harbour", "1001", "1002"])
def test_people_of_the_demo_sign_in(house: RunningHouse, login: str) -> None:
    assert _token(house, login, (house.data_dir / PASSWORD_FILE).read_text())


def test_the_whole_screen_is_one_request(house: RunningHouse) -> None:
    token = _token(house, *ADMINISTRATOR.values())
    screen = _asked(house, _document("07-customer-screen"), {"number": "1001"}, token)
    assert len(screen["customerByNumber"]["sipDevices"]["nodes"]) == 2


def test_the_import_of_the_demo_gives_each_row_its_verdict(house: RunningHouse) -> None:
    token = _token(house, *ADMINISTRATOR.values())

    def the_job() -> Any:
        (job,) = _asked(house, _document("30-imports"), {}, token)["jobs"]["nodes"]
        return job if job["status"] == "COMPLETED_WITH_ERRORS" else None

    job = _waited(the_job)
    assert job["progress"] == {
        "total": len(ROWS),
        "done": len(ROWS),
        "succeeded": GOOD_ROWS,
        "failed": len(ROWS) - GOOD_ROWS,
    }
    assert all(row["reasons"] for row in job["rows"]["nodes"])


def test_the_demo_people_are_welcomed_by_mail(house: RunningHouse) -> None:
    messages = f"{house.ready()['mail_ui']}/api/messages"

    def to_the_second() -> Any:
        mails = [str(mail) for mail in httpx.get(messages).json()]
        return [mail for mail in mails if "1002@customers.example" in mail and "Welcome" in mail]

    assert len(_waited(to_the_second)) == 1


def _token(house: RunningHouse, login: str, password: str) -> str:
    said = {"input": {"login": login, "password": password}}
    return str(_asked(house, _document("01-sign-in"), said)["sessionCreate"]["token"])


def _asked(
    house: RunningHouse, document: str, variables: dict[str, Any], token: str | None = None
) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"query": document, "variables": variables}
    answer = httpx.post(house.ready()["graphql"], json=body, headers=headers).json()
    assert "errors" not in answer, answer
    return answer["data"]


def _document(name: str) -> str:
    return (PROJECT / "documents" / f"{name}.graphql").read_text()


def _waited(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.5)
    return found
