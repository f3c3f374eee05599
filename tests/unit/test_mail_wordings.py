"""Wordings of mails: the built-in ones can be filled in, and an issuer's own can do no harm."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from models.mail.catalogue import CATALOGUE
from models.mail.rendering import BUILT_IN, Wording, built_in, render
from models.mail.samples import SAMPLES, sample_facts
from models.mail.wording_rules import TEXT_LONGEST, example, wording_problems
from models.rules.errors import ErrorCode

LIST = """welcome set_password password_changed account_refilled account_charged low_balance
new_invoice receipt invoice_overdue product_purchased product_renewed product_renewal_notice
product_released did_assigned did_released account_expired job_finished sip_device_created
sign_in_alert switch_alert"""
PLAIN = Wording("About {{ invoice.number }}", "Hello {{ recipient.name }}", "<p>Hello</p>")


def against(text: str, name: str = "new_invoice") -> list[tuple[ErrorCode, tuple[str, ...]]]:
    problems = wording_problems(name, replace(PLAIN, text=text))
    return [(problem.code, problem.field) for problem in problems]


def test_every_mail_of_the_list_has_its_wording() -> None:
    assert set(CATALOGUE) == set(LIST.split())
    files = {path.stem for path in BUILT_IN.glob("*.txt")}
    assert files == {path.stem for path in BUILT_IN.glob("*.html")} - {"layout"} == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_built_in_wording_keeps_the_rules_of_everybodys(name: str) -> None:
    assert wording_problems(name, built_in(name)) == ()
    filled = example(name, built_in(name))
    assert filled.subject
    assert "{{" not in filled.text + filled.html
    assert SAMPLES["issuer"]["name"] in filled.text
    assert SAMPLES["issuer"]["name"] in filled.html


@pytest.mark.parametrize("name", CATALOGUE)
def test_there_is_an_example_for_everything_a_mail_may_name(name: str) -> None:
    facts = sample_facts(CATALOGUE[name].placeholders)
    assert facts["recipient"]["name"] == "Ada Example"


def test_a_plain_wording_is_filled_in() -> None:
    assert wording_problems("new_invoice", PLAIN) == ()
    assert example("new_invoice", PLAIN).subject == "About INV-000042"


@pytest.mark.parametrize(
    "text",
    [
        "{{ NAME }}",
        "{{ invoice.nonsense }}",
        "{{ refill.amount }}",
        "{% if invoice.due_on %}{{ hidden }}{% endif %}",
        "{{ invoice.__class__ }}",
        "{{ invoice.number.__class__ }}",
        "{{ invoice['number'] }}",
        "{{ range(10) }}",
        "{% for n in 'abc' %}{{ n }}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 10 }}",
        "{% set x = 1 %}",
        "{% include 'layout.html' %}",
        "{% extends 'welcome.html' %}",
        "{% import 'layout.html' as l %}",
        "{{ invoice.number | attr('x') }}",
        "{{ invoice.number | center(1000000000) }}",
        "{% macro m() %}{% endmacro %}",
        "{{ unclosed",
        "{% if %}",
    ],
)
def test_what_a_wording_can_not_say_is_refused_at_its_text(text: str) -> None:
    began = time.perf_counter()
    assert set(against(text)) == {(ErrorCode.INVALID, ("text",))}
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "code"),
    [(" ", ErrorCode.REQUIRED), ("x" * (TEXT_LONGEST + 1), ErrorCode.TOO_LONG)],
)
def test_a_text_is_neither_empty_nor_endless(text: str, code: ErrorCode) -> None:
    assert against(text) == [(code, ("text",))]


def test_a_mail_that_is_sent_for_its_link_names_it() -> None:
    wording = Wording("Password", "No link here", "<a href='{{ link }}'>here</a>")
    (problem,) = wording_problems("set_password", wording)
    assert (problem.code, problem.field) == (ErrorCode.REQUIRED, ("text",))


def test_all_that_is_wrong_is_told_at_once() -> None:
    problems = wording_problems("new_invoice", Wording("", "{{ x }} {{ y }}", "{{ z }}"))
    assert [problem.field for problem in problems] == [
        ("subject",),
        ("text",),
        ("text",),
        ("html",),
    ]


@pytest.mark.parametrize(("due_on", "asks"), [("8 April 2026", True), ("", False)])
def test_only_an_invoice_that_is_due_asks_for_money(due_on: str, asks: bool) -> None:
    facts = sample_facts(CATALOGUE["new_invoice"].placeholders)
    facts["invoice"] |= {"due_on": due_on}
    filled = render(built_in("new_invoice"), facts)
    for text in (filled.text.lower(), filled.html.lower()):
        assert ("nothing is to be paid" in text) is not asks
        assert ("due" in text) is asks


def test_a_kind_of_mail_that_there_is_not_is_refused() -> None:
    (problem,) = wording_problems("love_letter", PLAIN)
    assert (problem.code, problem.field) == (ErrorCode.NOT_FOUND, ("name",))


def test_what_a_name_holds_is_no_markup() -> None:
    facts = sample_facts(CATALOGUE["new_invoice"].placeholders)
    assert "<" not in str(facts)
    filled = example("new_invoice", replace(PLAIN, html="<b>{{ 'a<b' }}</b>"))
    assert filled.html == "<b>a&lt;b</b>"
