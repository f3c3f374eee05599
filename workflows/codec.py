"""What leaves this process for Temporal is sealed: payloads by AES-256-GCM, failures likewise.

Payloads hold ids and small integers anyway; this is the second belt. Old keys only open.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    PayloadCodec,
)

ENCODING = b"binary/trunkline-sealed"
KEY_ID = "sealed-with"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class PayloadKeys:
    """Keys of 32 bytes by their id; `active` names the one that seals, the others only open."""

    active: str
    keys: Mapping[str, bytes]


class SealingCodec(PayloadCodec):
    """Seals every payload on its way out and opens it on its way in."""

    def __init__(self, keys: PayloadKeys) -> None:
        self._active = keys.active
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.keys.items()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload with the active key; its id travels beside it in clear."""
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open what is sealed and leave alone what is not; raises KeyError for an unknown key."""
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        key_id = self._active.encode()
        body = self._ciphers[self._active].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: key_id}, data=nonce + body)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata[KEY_ID]
        nonce, body = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        opened = Payload()
        opened.ParseFromString(self._ciphers[key_id.decode()].decrypt(nonce, body, key_id))
        return opened


def data_converter(keys: PayloadKeys) -> DataConverter:
    """The converter that clients, workers and replays must share."""
    return DataConverter(
        payload_converter_class=DefaultPayloadConverter,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        payload_codec=SealingCodec(keys),
    )
