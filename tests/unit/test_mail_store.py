"""Caught mails: whole, newest first, there again after a restart, however odd they are."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.embedded import mail_store
from gateway.embedded.mail_store import MailStore


def test_a_mail_is_read_in_all_its_parts(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    mail = store.keep("house@example.com", ["anna@example.com"], _welcome().as_bytes())
    assert mail.subject == "Willkommen, Änne"
    assert mail.recipients == ("anna@example.com",)
    assert mail.text.strip() == "Grüße"
    assert store.html(mail) == "<p>Grüße</p>\n"
    assert [file.name for file in store.attachments(mail)] == ["invoice.pdf"]
    assert store.attachments(mail)[0].content == b"%PDF"


def test_mails_are_there_again_after_a_restart_and_newest_first(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    kept = [store.keep("", [f"{name}@example.com"], b"Subject: x\r\n\r\n.") for name in "abc"]
    assert MailStore(tmp_path).newest_first() == kept[::-1]


def test_mails_to_one_address_are_found_in_any_case(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    mail = store.keep("", ["Anna@Example.com", "ben@example.com"], b"\r\n")
    store.keep("", ["cleo@example.com"], b"\r\n")
    assert store.newest_first("anna@example.com") == [mail]


def test_the_oldest_go_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_store, "MOST_MAILS", 2)
    store = MailStore(tmp_path)
    for number in range(3):
        store.keep("", [f"{number}@example.com"], b"\r\n")
    assert [mail.recipients[0][0] for mail in store.newest_first()] == ["2", "1"]
    assert len(list(tmp_path.glob("*.eml"))) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all",
        b"Subject: =?x-unknown?B?AAAA?=\r\n\r\n.",
        b"Subject: =?utf-8?B?%%%?=\r\n\r\n.",
        b"Content-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed\r\n\r\nbroken",
        b"Message-ID: <>\r\nTo: ,,;\r\n\r\n\x00\x00",
    ],
)
def test_a_broken_mail_is_kept_and_listed(tmp_path: Path, content: bytes) -> None:
    store = MailStore(tmp_path)
    mail = store.keep("a@example.com", ["b@example.com"], content)
    assert store.newest_first() == [mail]
    assert store.raw(mail).endswith(content)
    assert MailStore(tmp_path).one(mail.id) == mail


def _welcome() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Willkommen, Änne"
    message["To"] = "anna@example.com"
    message.set_content("Grüße")
    message.add_alternative("<p>Grüße</p>", subtype="html")
    message.add_attachment(b"%PDF", "application", "pdf", filename="invoice.pdf")
    return message
