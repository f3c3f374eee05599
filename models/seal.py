"""The application key at work: sealing what must be read back, keyed hashes of what must not.

The key is handed in once by the gateway; without it every call here is a fault.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
_FORMAT = b"\x01"  # AES-256-GCM, 12-byte nonce; another algorithm gets another first byte

_application_key: bytes | None = None


class Unsealable(Exception):
    """Sealed bytes that this key or purpose did not make, or that were changed."""


def install_key(key: bytes) -> None:
    """Hand in the application key of this process: 32 bytes, the same in every process."""
    global _application_key  # noqa: PLW0603 - one key a process, set before anything runs
    if len(key) != KEY_BYTES:
        raise ValueError(f"the application key has {KEY_BYTES} bytes, not {len(key)}")
    _application_key = key


def derived_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF, RFC 5869), so that no two uses share one."""
    if _application_key is None:
        raise RuntimeError("models.seal.install_key() has not run in this process")
    return _derived(_application_key, purpose)


def seal(purpose: str, plain: bytes) -> bytes:
    """Encrypt for one purpose; `unseal` with the same purpose is the only way back."""
    return seal_many(purpose, [plain])[0]


def seal_many(purpose: str, plains: Sequence[bytes]) -> list[bytes]:
    """Encrypt each by itself, with a nonce of its own; the secure source is asked once."""
    cipher, bound = AESGCM(derived_key(purpose)), purpose.encode()
    drawn = os.urandom(NONCE_BYTES * len(plains))
    nonces = (drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES))
    return [
        _FORMAT + nonce + cipher.encrypt(nonce, plain, bound)
        for nonce, plain in zip(nonces, plains, strict=True)
    ]


def unseal(purpose: str, sealed: bytes) -> bytes:
    """What `seal` was given; raises Unsealable."""
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != _FORMAT or len(nonce) != NONCE_BYTES:
        raise Unsealable(f"these bytes were not sealed here for {purpose}")
    try:
        return AESGCM(derived_key(purpose)).decrypt(nonce, body, purpose.encode())
    except InvalidTag as wrong:
        raise Unsealable(f"these bytes were not sealed here for {purpose}") from wrong


@cache
def _derived(key: bytes, purpose: str) -> bytes:
    # Kept, because a batch asks for the same few purposes a thousand times.
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def keyed_hash(purpose: str, plain: bytes) -> str:
    """HMAC-SHA-256, 64 hex digits: finds an equal value, tells nothing of it without the key."""
    return hmac.digest(derived_key(purpose), plain, "sha256").hex()
