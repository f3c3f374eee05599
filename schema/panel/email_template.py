"""Wordings of mails: how an issuer has them, changing and trying them out."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from models.mail.catalogue import CATALOGUE
from models.mail.rendering import Wording
from models.mail.template import EmailTemplate as TemplateRow
from models.rules.errors import Problem, Refused
from schema.context import Info
from schema.inputs import optional, required, row_id
from schema.mutations import mutation
from schema.payloads import Payload, UserError, user_errors
from schema.permissions import requires


@strawberry.type(description="The wording of one kind of mail.")
class EmailTemplate:
    """As an issuer sends it."""

    name: str = strawberry.field(description="Which mail it is.")
    subject: str = strawberry.field(description="The subject, a template.")
    text: str = strawberry.field(description="The plain text, a template.")
    html: str = strawberry.field(description="The HTML, a template.")
    is_default: bool = strawberry.field(description="Whether the issuer has none of its own.")
    placeholders: list[str] = strawberry.field(description="What it may name.")


@strawberry.type(description="A wording filled in with examples.")
class EmailTemplatePreview:
    """All empty when something is against the wording."""

    subject: str = strawberry.field(default="", description="The subject.")
    text: str = strawberry.field(default="", description="The plain text.")
    html: str = strawberry.field(default="", description="The HTML.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Everything against the wording."
    )


@strawberry.input(description="An issuer's wording of a mail.")
class EmailTemplateInput:
    """Placeholders in double braces; choices with `if`. An unknown placeholder is refused."""

    name: str = required("Which mail it is.")
    reseller_id: strawberry.ID | None = optional("Whose; absent: the caller's own.")
    subject: str = required("The subject, at most 200 characters.")
    text: str = required("The plain text.")
    html: str = required("The HTML.")

    def wording(self) -> Wording:
        """The three texts."""
        return Wording(self.subject, self.text, self.html)


@strawberry.input(description="A wording to send from now on.")
class EmailTemplateSetInput:
    """Repeats without harm."""

    template: EmailTemplateInput = required("The wording.")


@strawberry.input(description="The wording to give up.")
class EmailTemplateResetInput:
    """Repeats without harm."""

    name: str = required("Which mail it is.")
    reseller_id: strawberry.ID | None = optional("Whose; absent: the caller's own.")


@strawberry.type
class _TemplatePayload(Payload):
    email_template: EmailTemplate | None = strawberry.field(
        default=None, description="The wording that is sent from now on."
    )


@strawberry.type(description="What emailTemplateSet answers.")
class EmailTemplateSetPayload(_TemplatePayload):
    """The new wording."""


@strawberry.type(description="What emailTemplateReset answers.")
class EmailTemplateResetPayload(_TemplatePayload):
    """The wording that stands in its place."""


async def _templates(
    info: Info,
    reseller_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Whose; absent: the viewer's own.")
    ] = strawberry.UNSET,
) -> list[EmailTemplate]:
    return await _shown(info, _issuer(info, reseller_id))


def _preview(
    info: Info,
    input: Annotated[
        EmailTemplateInput, strawberry.argument(description="The wording to try out.")
    ],
) -> EmailTemplatePreview:
    viewer, issuer = info.context.signed_in, _issuer(info, input.reseller_id)
    try:
        filled = TemplateRow.tried(viewer, input.name, issuer, input.wording())
    except Refused as refused:
        return EmailTemplatePreview(user_errors=user_errors(refused))
    return EmailTemplatePreview(subject=filled.subject, text=filled.text, html=filled.html)


def _issuer(info: Info, reseller_id: str | None) -> UUID | None:
    return row_id("Reseller", reseller_id) or info.context.signed_in.owner_id


async def _shown(info: Info, issuer: UUID | None, name: str = "") -> list[EmailTemplate]:
    return [
        EmailTemplate(
            name=kind,
            subject=wording.subject,
            text=wording.text,
            html=wording.html,
            is_default=is_default,
            placeholders=list(CATALOGUE[kind].placeholders),
        )
        for kind, wording, is_default in await TemplateRow.shown(info.context.signed_in, issuer)
        if name in {"", kind}
    ]


@strawberry.type
class EmailTemplateQueries:
    """For issuers of mails."""

    email_templates: list[EmailTemplate] = strawberry.field(
        resolver=_templates,
        metadata=requires("templates:write"),
        description="Every mail as an issuer sends it; empty when the issuer is not seen.",
    )
    email_template_preview: EmailTemplatePreview = strawberry.field(
        resolver=_preview,
        metadata=requires("templates:write"),
        description="A wording filled in with examples; nothing is kept.",
    )


@strawberry.type
class EmailTemplateMutations:
    """For the administration, and resellers for theirs."""

    @mutation(permission="templates:write", description="Gives an issuer its own wording.")
    async def email_template_set(
        self,
        info: Info,
        input: EmailTemplateSetInput,
    ) -> EmailTemplateSetPayload | None:
        """Replace the wording."""
        given = input.template
        issuer = _issuer(info, given.reseller_id)
        try:
            await TemplateRow.replace(info.context.signed_in, given.name, issuer, given.wording())
        except Refused as refused:
            raise Refused(_below_template(refused.problems)) from refused
        (shown,) = await _shown(info, issuer, given.name)
        return EmailTemplateSetPayload(email_template=shown)

    @mutation(permission="templates:write", description="Takes an issuer's own wording away.")
    async def email_template_reset(
        self,
        info: Info,
        input: EmailTemplateResetInput,
    ) -> EmailTemplateResetPayload | None:
        """Reset the wording."""
        issuer = _issuer(info, input.reseller_id)
        await TemplateRow.reset(info.context.signed_in, input.name, issuer)
        (shown,) = await _shown(info, issuer, input.name)
        return EmailTemplateResetPayload(email_template=shown)


def _below_template(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(Problem(p.code, ("template", *p.field), p.message) for p in problems)
