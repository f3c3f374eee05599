"""README lists every word of the permissions, and who may hold it, as the rules have it."""

from __future__ import annotations

import re

from gateway.settings import PROJECT
from models.rules.enums import Role
from models.rules.permissions import CATALOGUE, CEILINGS, DEFAULTS

ROW = re.compile(r"^\| `([a-z_]+:[a-z_]+)` \| [^|]+ \| ?(\(?R?\)?) ?(C?) ?\|$", re.MULTILINE)


def test_readme_tells_of_each_word_who_may_hold_it() -> None:
    told = {word: (reseller, own) for word, reseller, own in ROW.findall(_table())}
    assert told == {word: (_of_resellers(word), _of_customers(word)) for word in CATALOGUE}


def _table() -> str:
    text = (PROJECT / "README.md").read_text()
    return text.partition("## Permissions")[2].partition("\n## ")[0]


def _of_resellers(word: str) -> str:
    if word not in CEILINGS[Role.RESELLER]:
        return ""
    return "R" if word in DEFAULTS[Role.RESELLER] else "(R)"


def _of_customers(word: str) -> str:
    return "C" if word in CEILINGS[Role.CUSTOMER] else ""
