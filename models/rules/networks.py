"""IP networks whose calls are taken without a sign-in: which may be listed, and in which form.

Whether another account lists an overlapping one is told by the database.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

Network = IPv4Network | IPv6Network

# A wider one is no longer somebody's own; only the house may list it.
NARROWEST_OF_OTHERS = {4: 24, 6: 48}  # shortest prefix length by IP version

_IPV6_SUBSCRIBER = 64  # bits: one customer of a provider has a whole network of this size

# The same machines under other names: mapped, compatible (RFC 4291), translated (RFC 6052).
_IPV4_INSIDE = tuple(map(IPv6Network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96")))

MALFORMED = Violation(
    ErrorCode.INVALID, "must be an IP address or a CIDR network with all host bits zero"
)
MAPPED = Violation(ErrorCode.INVALID, "has IPv4 addresses inside IPv6; write them as IPv4")
NOBODYS = Violation(
    ErrorCode.INVALID, "must not be everybody, this machine, a group or an unspecified address"
)
PRIVATE = Violation(ErrorCode.INVALID, "is a private network; only the house may list one")
TOO_WIDE = Violation(
    ErrorCode.OUT_OF_RANGE, "must not be wider than /24 (IPv4) or /48 (IPv6), except for the house"
)


def parsed(text: str) -> Network | None:
    """The network of an address or CIDR; None for anything else, host bits set included.

    An interface (`fe80::1%eth0`) means something on one machine alone, and is no network.
    """
    try:
        return None if "%" in text else ip_network(text.strip(), strict=True)
    except ValueError:
        return None


def source_of(address: str) -> str | None:
    """What is counted as one source: the address, or the /64 around one of IPv6; None if none."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return str(found)
    return str(ip_network((found.packed, _IPV6_SUBSCRIBER), strict=False))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address belongs to one of the networks in CIDR form."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(each) for each in networks)


def network_violation(text: str, *, of_the_house: bool) -> Violation | None:
    """Check a network; staff (`of_the_house`) may list private and wide ones."""
    network = parsed(text)
    if network is None:
        return MALFORMED
    if network.prefixlen == 0 or _is_nobodys(network):
        return NOBODYS
    if any(network.overlaps(each) for each in _IPV4_INSIDE if network.version == each.version):
        return MAPPED
    if of_the_house:
        return None
    if not network.is_global:
        return PRIVATE
    return TOO_WIDE if network.prefixlen < NARROWEST_OF_OTHERS[network.version] else None


def _is_nobodys(network: Network) -> bool:
    return (
        network.is_loopback
        or network.is_multicast
        or network.is_unspecified
        or network.is_link_local
    )
