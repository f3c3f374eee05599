"""Templates become text: strictly, so that an unknown placeholder is an error and not a mail.

Which template is used, the built-in one or an issuer's own, is chosen by `template`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

BUILT_IN = Path(__file__).parent / "templates"
LAYOUT = "layout.html"
SUBJECT_MARK = "Subject: "


class Unrenderable(Exception):
    """A template that names what its mail does not have, or is no template at all."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The three texts of one mail, each a template."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as its reader will see it."""

    subject: str
    text: str
    html: str


def render(wording: Wording, facts: Mapping[str, Any]) -> Rendered:
    """Fill in the facts; raises Unrenderable."""
    try:
        subject = _plain().from_string(wording.subject).render(facts)
        return Rendered(
            subject=" ".join(subject.split()),  # a header is one line
            text=_plain().from_string(wording.text).render(facts),
            html=_markup().from_string(wording.html).render(facts),
        )
    except TemplateError as wrong:
        raise Unrenderable(str(wrong)) from wrong


@cache
def built_in(name: str) -> Wording:
    """The wording that comes with the house."""
    first, _, text = (BUILT_IN / f"{name}.txt").read_text().partition("\n\n")
    return Wording(
        subject=first.removeprefix(SUBJECT_MARK),
        text=text,
        html=(BUILT_IN / f"{name}.html").read_text(),
    )


def syntax_of(text: str) -> nodes.Template:
    """A template taken apart; raises jinja2's TemplateSyntaxError."""
    return _plain().parse(text)


@cache
def _plain() -> ImmutableSandboxedEnvironment:
    return _environment(autoescape=False)


@cache
def _markup() -> ImmutableSandboxedEnvironment:
    return _environment(autoescape=True)


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(BUILT_IN),
        undefined=StrictUndefined,
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
