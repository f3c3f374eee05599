"""Where the schema differs from the contract, and what of the contract it does not have yet.

Both are compared as parsed text, and what a comment beside an input says of its payload is held
too; what the schema has beyond the contract is its own affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
    print_ast,
)

CONTRACT = Path(__file__).with_name("contract.graphql")
_PAYLOAD = re.compile(r"input (\w+)Input .*#.*?payload: (.*)")
_IN_BRACKETS = re.compile(r"\([^)]*\)")
PAGES = ("first: Int", "after: Cursor", "last: Int", "before: Cursor")

Types = Mapping[str, TypeDefinitionNode]
Member = FieldDefinitionNode | InputValueDefinitionNode


@dataclass(frozen=True, slots=True)
class Comparison:
    """Places as `Type` or `Type.field`: what differs and how, and what is missing."""

    differences: dict[str, str]
    missing: frozenset[str]


def compare(contract: str, built: str) -> Comparison:
    """Hold one schema text against another."""
    promised, found = _types(contract), _types(built)
    differences: dict[str, str] = {}
    missing: set[str] = set()
    for name, type_ in promised.items():
        if name not in found:
            missing.add(name)
            continue
        if type_.kind != found[name].kind:
            differences[name] = f"is {found[name].kind}, not {type_.kind}"
            continue
        for place, difference in _compared(type_, found[name]):
            if difference is None:
                missing.add(place)
            else:
                differences[place] = difference
    differences.update(_payloads(contract, found))
    return Comparison(differences, frozenset(missing))


def _payloads(contract: str, found: Types) -> Iterator[tuple[str, str]]:
    """What `input PetInput { … }  # payload: pet, secret (once), age: Int` says of PetPayload."""
    for noun, said in _PAYLOAD.findall(contract):
        payload = found.get(f"{noun}Payload")
        if payload is None:
            continue  # the mutation is missing, and told so
        fields = _fields(payload)
        for each in _IN_BRACKETS.sub("", said).split(","):
            name, _, kind = (part.strip() for part in each.partition(":"))
            if name not in fields:
                yield f"{noun}Payload.{name}", "is promised beside the input, and not there"
            elif kind and _spoken(fields[name]) != kind:
                yield f"{noun}Payload.{name}", f"is {_spoken(fields[name])}, not {kind}"


def _compared(
    promised: TypeDefinitionNode, found: TypeDefinitionNode
) -> Iterator[tuple[str, str | None]]:
    """Places that differ, with how; None: the place is missing."""
    name = promised.name.value
    if isinstance(promised, ScalarTypeDefinitionNode):
        if not any(directive.name.value == "specifiedBy" for directive in found.directives or ()):
            yield name, "has no @specifiedBy"
    elif isinstance(promised, EnumTypeDefinitionNode):
        values = _names(found)
        for value in _names(promised) - values:
            yield f"{name}.{value}", None
    else:
        for interface in _interfaces(promised) - _interfaces(found):
            yield name, f"is no {interface}"
        if isinstance(promised, InputObjectTypeDefinitionNode):
            yield from _of_input(promised, found)
        yield from _members(name, _fields(promised), _fields(found))


def _members(
    name: str, promised: Mapping[str, Member], found: Mapping[str, Member]
) -> Iterator[tuple[str, str | None]]:
    for field, member in promised.items():
        place = f"{name}.{field}"
        if field not in found:
            yield place, None
        elif difference := _difference(member, found[field]):
            yield place, difference


def _of_input(
    promised: TypeDefinitionNode, found: TypeDefinitionNode
) -> Iterator[tuple[str, str | None]]:
    """What only inputs have: that exactly one field is given, and fields that must be."""
    name, fields = promised.name.value, _fields(found)
    for directive in _directives(promised) - _directives(found):
        yield name, f"is not @{directive}"
    for field in fields.keys() - _fields(promised).keys():
        if _is_demanded(fields[field]):
            yield f"{name}.{field}", "is demanded, and no part of the contract"


def _difference(promised: Member, found: Member) -> str:
    wanted, got = _spoken(promised), _spoken(found)
    if wanted != got:
        return f"is {got}, not {wanted}"
    if isinstance(promised, FieldDefinitionNode) and isinstance(found, FieldDefinitionNode):
        return _difference_of_arguments(promised, found)
    return ""


def _difference_of_arguments(promised: FieldDefinitionNode, found: FieldDefinitionNode) -> str:
    wanted = {f"{a.name.value}: {_spoken(a)}" for a in promised.arguments or ()}
    if _spoken(promised).rstrip("!").endswith("Connection"):
        wanted |= set(PAGES)
    got = {f"{a.name.value}: {_spoken(a)}": a for a in found.arguments or ()}
    lacking = sorted(wanted - got.keys())
    demanded = sorted(said for said, a in got.items() if said not in wanted and _is_demanded(a))
    return f"has no argument {lacking}, demands {demanded}" if lacking + demanded else ""


def _spoken(member: Member) -> str:
    """The type, with the default where there is one."""
    default = member.default_value if isinstance(member, InputValueDefinitionNode) else None
    text = print_ast(member.type)
    return text if default is None else f"{text} = {print_ast(default)}"


def _is_demanded(member: Member) -> bool:
    return (
        isinstance(member, InputValueDefinitionNode)
        and isinstance(member.type, NonNullTypeNode)
        and member.default_value is None
    )


def _types(text: str) -> Types:
    definitions = parse(text).definitions
    return {node.name.value: node for node in definitions if isinstance(node, TypeDefinitionNode)}


def _fields(type_: TypeDefinitionNode) -> dict[str, Member]:
    if isinstance(
        type_,
        (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode, InputObjectTypeDefinitionNode),
    ):
        return {member.name.value: member for member in type_.fields or ()}
    return {}


def _names(type_: TypeDefinitionNode) -> set[str]:
    return {v.name.value for v in getattr(type_, "values", None) or ()}


def _directives(type_: TypeDefinitionNode) -> set[str]:
    return {directive.name.value for directive in type_.directives or ()}


def _interfaces(type_: TypeDefinitionNode) -> set[str]:
    return {i.name.value for i in getattr(type_, "interfaces", None) or ()}
