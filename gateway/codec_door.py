"""/codec: the workflow console asks here what a sealed payload says; staff alone are answered.

A console that cannot send our tokens is given an address that one staff member asked for.
"""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidTag
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from temporalio.api.common.v1 import Payloads

from gateway.answers import SignedInRoute
from gateway.auth import Viewers
from gateway.graphql.refused import bad_request, refused
from models import links
from models.access.principal import principal_by_id
from models.links import Link
from models.rules.viewer import Viewer
from schema.refusals import Code
from workflows.codec import SealingCodec

PATH: Final = "/codec"
KEPT: Final = timedelta(hours=12)  # a working day; the console is then given a new address
MOST_BYTES: Final = 16 << 20  # a page of history: payloads have 2 MiB each at most
_KIND: Final = "codec"


def codec_routes(codec: SealingCodec, viewers: Viewers) -> list[BaseRoute]:
    """The address for a person, and what is opened with a token or with that address."""
    door = _Door(codec)
    address, opened = SignedInRoute(viewers, door.address), SignedInRoute(viewers, door.opened)
    linked = SignedInRoute(Viewers(_viewer_of_link), door.opened, token=_token_of_link)
    return [
        Route(PATH, address.answer, methods=["GET"]),
        Route(f"{PATH}/decode", opened.answer, methods=["POST"]),
        Route(f"{PATH}/{{link}}/decode", linked.answer, methods=["POST"]),
    ]


def origin_of(url: str) -> str:
    """What a browser says of a page at this address when it calls another origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class _Door:
    def __init__(self, codec: SealingCodec) -> None:
        self._codec = codec

    async def address(self, request: Request, viewer: Viewer) -> Response:
        """What a staff member tells the console in the browser; good for this person, today."""
        del request
        _insist_on_staff(viewer)
        until = (datetime.now(UTC) + KEPT).replace(microsecond=0)
        link = Link(_KIND, viewer.principal_id, viewer.principal_id, until)
        told = {"endpoint": f"{links.base()}{PATH}/{links.signed(link)}", "expiresAt": until}
        return Response(orjson.dumps(told), media_type="application/json")

    async def opened(self, request: Request, viewer: Viewer) -> Response:
        """The payloads of the body, open. Raises RequestRefused for what is not ours to open."""
        _insist_on_staff(viewer)
        asked = Payloads()
        try:
            Parse(await _body(request), asked)
            asked = Payloads(payloads=await self._codec.decode(asked.payloads))
        except (ParseError, UnicodeDecodeError):
            raise bad_request("Send payloads as JSON, as the console does.") from None
        except (KeyError, ValueError, InvalidTag, DecodeError):
            raise bad_request("A payload was not sealed with a key of this house.") from None
        return Response(MessageToJson(asked), media_type="application/json")


def _insist_on_staff(viewer: Viewer) -> None:
    if not viewer.is_staff:
        raise refused(Code.FORBIDDEN, "Workflows are looked at by staff alone.")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            sentence = f"At most {MOST_BYTES} bytes are opened at once."
            raise bad_request(sentence, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


def _token_of_link(request: Request) -> str:
    return str(request.path_params["link"])


async def _viewer_of_link(text: str) -> Viewer | None:
    """Whoever asked for this address, as long as it holds and they are let in."""
    link = links.opened(text)
    if link is None or link.kind != _KIND:
        return None
    principal = await principal_by_id(link.principal_id)
    return principal.viewer() if principal.is_on else None
