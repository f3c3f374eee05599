"""Which IP networks may be listed, by whom, and which are no networks at all."""

from __future__ import annotations

import pytest

from models.rules.networks import MALFORMED, MAPPED, NOBODYS, PRIVATE, TOO_WIDE, network_violation
from models.rules.violation import Violation


@pytest.mark.parametrize(
    ("text", "others", "house"),
    [
        ("9.9.9.9", None, None),
        (" 9.9.9.0/24 ", None, None),
        ("9.9.9.0/255.255.255.0", None, None),
        ("2a00:1::/48", None, None),
        ("9.9.8.0/23", TOO_WIDE, None),
        ("2a00::/47", TOO_WIDE, None),
        ("10.1.2.0/24", PRIVATE, None),
        ("100.64.1.0/24", PRIVATE, None),
        ("fd00::1", PRIVATE, None),
        ("9.9.9.9/24", MALFORMED, MALFORMED),
        ("2a00::1/64", MALFORMED, MALFORMED),
        ("2a00::1%eth0", MALFORMED, MALFORMED),
        ("9.9.9", MALFORMED, MALFORMED),
        ("9.9.9.09", MALFORMED, MALFORMED),
        ("٩.9.9.9", MALFORMED, MALFORMED),
        ("151587081", MALFORMED, MALFORMED),
        ("", MALFORMED, MALFORMED),
        ("::ffff:9.9.9.9", MAPPED, MAPPED),
        ("::ffff:0:0/96", MAPPED, MAPPED),
        ("::9.9.9.9", MAPPED, MAPPED),
        ("64:ff9b::9.9.9.9", MAPPED, MAPPED),
        ("::/64", MAPPED, MAPPED),
        ("0.0.0.0/0", NOBODYS, NOBODYS),
        ("::/0", NOBODYS, NOBODYS),
        ("127.0.0.1", NOBODYS, NOBODYS),
        ("::1", NOBODYS, NOBODYS),
        ("0.0.0.0/32", NOBODYS, NOBODYS),
        ("224.0.0.1", NOBODYS, NOBODYS),
        ("169.254.1.0/24", NOBODYS, NOBODYS),
        ("fe80::1", NOBODYS, NOBODYS),
    ],
)
def test_a_network_may_be_listed_by_others_and_by_the_house(
    text: str, others: Violation | None, house: Violation | None
) -> None:
    assert network_violation(text, of_the_house=False) == others
    assert network_violation(text, of_the_house=True) == house
