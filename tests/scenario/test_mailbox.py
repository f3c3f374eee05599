"""The mail catcher: a mail sent by SMTP stands on its page and in its list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib
import httpx
import pytest

from gateway.embedded.mailbox import page_application
from tests.conftest import Smtp


@pytest.fixture
async def page(smtp: Smtp) -> AsyncIterator[httpx.AsyncClient]:
    """The catcher's page, asked as a browser on this machine asks."""
    transport = httpx.ASGITransport(page_application(smtp.store))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_a_sent_mail_is_listed_as_json(smtp: Smtp, page: httpx.AsyncClient) -> None:
    await _send(smtp, "anna@example.com", "Welcome")
    await _send(smtp, "ben@example.com", "Invoice")
    listed = (await page.get("/api/messages")).json()
    assert [(mail["to"], mail["subject"]) for mail in listed] == [
        (["ben@example.com"], "Invoice"),
        (["anna@example.com"], "Welcome"),
    ]
    only = (await page.get("/api/messages", params={"to": "anna@example.com"})).json()
    assert [mail["subject"] for mail in only] == ["Welcome"]
    assert only[0]["text"].strip() == "Hello <anna@example.com>"


async def test_a_mail_has_a_page_that_shows_its_text_as_text(
    smtp: Smtp, page: httpx.AsyncClient
) -> None:
    await _send(smtp, "anna@example.com", "<script>alert(1)</script>")
    mail = smtp.mails()[0]
    shown = (await page.get(f"/messages/{mail.id}")).text
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert mail.id in (await page.get("/")).text


async def test_the_html_of_a_mail_can_do_nothing(smtp: Smtp, page: httpx.AsyncClient) -> None:
    await _send(smtp, "anna@example.com", "Welcome")
    answer = await page.get(f"/messages/{smtp.mails()[0].id}/html")
    assert answer.text.strip() == "<p>Hello</p>"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_another_name_for_this_machine_reads_no_mails(
    smtp: Smtp, page: httpx.AsyncClient
) -> None:
    await _send(smtp, "anna@example.com", "Welcome")
    answer = await page.get("/api/messages", headers={"Host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/messages/none", "/api/messages/none", "/messages/..%2f..%2fx"])
async def test_a_mail_that_is_not_there_is_not_found(page: httpx.AsyncClient, path: str) -> None:
    assert (await page.get(path)).status_code == 404


async def _send(smtp: Smtp, to: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "house@example.com", to, subject
    message.set_content(f"Hello <{to}>")
    message.add_alternative("<p>Hello</p>", subtype="html")
    port = urlsplit(smtp.url).port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)
