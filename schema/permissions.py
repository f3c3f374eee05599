"""What a field demands of the viewer, declared beside the field and found again in the schema.

Which rows a viewer sees is tenancy, and stands with the reads; who holds which word does not.
"""

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLField, GraphQLSchema, is_object_type

from models.rules.permissions import CATALOGUE
from models.rules.viewer import Viewer
from schema.refusals import Code, Refusal

PUBLIC: Final = "public"
"""Strangers may: signing in, resetting a forgotten password."""

SIGNED_IN: Final = "signed-in"
"""Any viewer may, whatever its permissions."""

_KEY = "permission"


def requires(permission: str) -> dict[str, object]:
    """Field metadata that declares a permission: `strawberry.field(metadata=requires("…"))`.

    permission: a word of the catalogue, SIGNED_IN or PUBLIC; anything else raises ValueError.
    """
    if permission not in CATALOGUE and permission not in {PUBLIC, SIGNED_IN}:
        message = f"{permission!r} is not in the catalogue of permissions"
        raise ValueError(message)
    return {_KEY: permission}


def declared(field: GraphQLField) -> str | None:
    """The permission a compiled field declares, or None."""
    definition = field.extensions.get("strawberry-definition")
    permission = None if definition is None else definition.metadata.get(_KEY)
    return permission if isinstance(permission, str) else None


def with_need(field: GraphQLField) -> str | None:
    """The field's description, which says what it demands of its reader."""
    word = declared(field)
    if field.description is None or word not in CATALOGUE:
        return field.description
    return f"{field.description.removesuffix('.')}; needs `{word}`."


def declarations(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Each root field as `Query.customers` with its permission, then each other field with one."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    for type_ in schema.type_map.values():
        if not is_object_type(type_) or type_.name.startswith("__"):
            continue
        for name, field in type_.fields.items():
            permission = declared(field)
            if type_ in roots or permission is not None:
                yield f"{type_.name}.{name}", permission


def enforce(permission: str, viewer: Viewer | None) -> None:
    """Raise UNAUTHENTICATED for a stranger, FORBIDDEN for a viewer without the permission."""
    if permission == PUBLIC:
        return
    if viewer is None:
        raise Refusal(Code.UNAUTHENTICATED, "Sign in first.")
    if permission != SIGNED_IN and not viewer.may(permission):
        raise Refusal(Code.FORBIDDEN, f"This needs the permission {permission}.")
