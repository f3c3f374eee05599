"""What the wording of a mail may say: only what its kind brings, and nothing that computes.

An issuer's own wording is filled in on our machines: it names, it chooses, and that is all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import TemplateSyntaxError, nodes

from models.mail.catalogue import CATALOGUE
from models.mail.rendering import (
    LAYOUT,
    Rendered,
    Unrenderable,
    Wording,
    render,
    syntax_of,
)
from models.mail.samples import sample_facts
from models.rules.errors import ErrorCode, Problem

SUBJECT_LONGEST = 200
TEXT_LONGEST = 65_536

# Names, choices and comparisons; no calls, loops, arithmetic or assignments.
_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
    nodes.Extends,
    nodes.Block,
)
_FILTERS: Final = frozenset({"lower", "upper", "title", "capitalize", "trim", "escape", "e"})

Part = tuple[str, str, int]


def wording_problems(name: str, wording: Wording) -> tuple[Problem, ...]:
    """Everything against a wording of this kind of mail; fields as `subject`, `text`, `html`."""
    if name not in CATALOGUE:
        known = ", ".join(CATALOGUE)
        return (Problem(ErrorCode.NOT_FOUND, ("name",), f"There are mails for {known}."),)
    parts: tuple[Part, ...] = (
        ("subject", wording.subject, SUBJECT_LONGEST),
        ("text", wording.text, TEXT_LONGEST),
        ("html", wording.html, TEXT_LONGEST),
    )
    found = [problem for part in parts for problem in _against(name, part)]
    return tuple(found) or _against_example(name, wording)


def example(name: str, wording: Wording) -> Rendered:
    """A wording without problems, filled in with examples."""
    return render(wording, sample_facts(CATALOGUE[name].placeholders))


def _against(name: str, part: Part) -> Iterator[Problem]:
    field, text, longest = part
    if not text.strip():
        yield Problem(ErrorCode.REQUIRED, (field,), f"A mail needs its {field}.")
        return
    if len(text) > longest:
        sentence = f"The {field} has at most {longest} characters."
        yield Problem(ErrorCode.TOO_LONG, (field,), sentence)
        return
    try:
        template = syntax_of(text)
    except TemplateSyntaxError as wrong:
        sentence = f"Line {wrong.lineno}: {wrong.message}"
        yield Problem(ErrorCode.INVALID, (field,), sentence)
        return
    if CATALOGUE[name].link_lifetime and field != "subject" and not _names_link(template):
        sentence = "This mail is sent for its link: the wording has to name it."
        yield Problem(ErrorCode.REQUIRED, (field,), sentence)
    for sentence in dict.fromkeys(_complaints(template, CATALOGUE[name].placeholders)):
        yield Problem(ErrorCode.INVALID, (field,), sentence)


def _complaints(template: nodes.Template, placeholders: tuple[str, ...]) -> Iterator[str]:
    """Also what stands in a branch that an example would not take."""
    known = {*placeholders, *(placeholder.partition(".")[0] for placeholder in placeholders)}
    for node in _all(template):
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__
            yield f"Line {node.lineno}: a wording names and chooses; it can not use {kind}."
        elif isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            yield f"Line {node.lineno}: there is no filter {node.name}."
        elif isinstance(node, nodes.Extends) and not _is_layout(node):
            yield f"Line {node.lineno}: only {LAYOUT} can be extended."
        elif (path := _path(node)) is not None and path not in known:
            yield f"Line {node.lineno}: this mail has no {path}; it has {', '.join(placeholders)}."


def _names_link(template: nodes.Template) -> bool:
    return any(isinstance(node, nodes.Name) and node.name == "link" for node in _all(template))


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _path(node: nodes.Node) -> str | None:
    """`invoice.number` of the node that names it; None for what names nothing."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return f"{before or '?'}.{node.attr}"
    return None


def _is_layout(node: nodes.Extends) -> bool:
    return isinstance(node.template, nodes.Const) and node.template.value == LAYOUT


def _against_example(name: str, wording: Wording) -> tuple[Problem, ...]:
    """What only filling it in shows, such as blocks that fit nowhere."""
    try:
        example(name, wording)
    except Unrenderable as wrong:
        return (Problem(ErrorCode.INVALID, (), str(wrong)),)
    return ()
