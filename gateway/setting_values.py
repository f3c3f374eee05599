"""Turns texts of the environment into typed values and keeps every complaint until the end.

Which variables there are, and what they default to, is said in `gateway.settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

LAST_PORT = 65_535
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})

Value = TypeVar("Value")


class SettingsError(Exception):
    """One or more variables cannot be used; each line names the key, its value and the reason."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = tuple(complaints)


class SettingValues:
    """Typed access to an environment; an empty text counts as absent."""

    def __init__(self, environment: Mapping[str, str], secrets: frozenset[str]) -> None:
        self._environment = environment
        self._secrets = secrets
        self._complaints: list[str] = []

    def text(self, name: str) -> str | None:
        """The text as it stands, or None."""
        return self._environment.get(name, "").strip() or None

    def complain(self, name: str, reason: str) -> None:
        """Remember that `name` cannot be used."""
        value = self._environment.get(name)
        shown = "is not set" if not value else "= ***" if name in self._secrets else f"= {value!r}"
        self._complaints.append(f"{name} {shown}: {reason}")

    def insist(self) -> None:
        """Raise SettingsError when anything was complained about."""
        if self._complaints:
            raise SettingsError(self._complaints)

    def whole(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 0 to `most`."""
        reason = f"must be a whole number from 0 to {most}"
        return self._parsed(name, default, lambda text: _whole(text, most), reason)

    def port(self, name: str, default: int) -> int:
        """A TCP port; 0 asks for a free one."""
        return self.whole(name, default, most=LAST_PORT)

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or a no."""
        return self._parsed(name, default, _flag, "must be 1 or 0")

    def url(self, name: str, *schemes: str) -> str | None:
        """An address with one of the schemes; all but files need a host."""
        reason = f"must be an address that begins with {' or '.join(s + '://' for s in schemes)}"
        return self._parsed(name, None, lambda text: _url(text, schemes), reason)

    def path(self, name: str) -> Path | None:
        """A file or folder, absolute."""
        text = self.text(name)
        return Path(text).expanduser().absolute() if text else None

    def _parsed(
        self, name: str, default: Value, parse: Callable[[str], Value], reason: str
    ) -> Value:
        text = self.text(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError:
            self.complain(name, reason)
            return default


def _whole(text: str, most: int) -> int:
    number = int(text)
    if not 0 <= number <= most:
        raise ValueError(text)
    return number


def _flag(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError(text)


def _url(text: str, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(text)
    usable = parts.scheme in schemes and (parts.hostname or parts.scheme == "file")
    if not usable or (parts.port is not None and parts.port > LAST_PORT):
        raise ValueError(text)
    return text
