"""IP networks whose calls are taken without a sign-in: which may be listed, and in which form.

Whether another account lists an overlapping one is told by the database.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network

from models.rules.errors import ErrorCode
from models.rules.violation import Violation

Network = IPv4Network | IPv6Network

# A wider one is no longer somebody's own; only the house may list it.
NARROWEST_OF_OTHERS = {4: 24, 6: 48}  # shortest prefix length by IP version

MALFORMED = Violation(
    ErrorCode.INVALID, "must be an IP address or a CIDR network with all host bits zero"
)
MAPPED = Violation(ErrorCode.INVALID, "is an IPv4 address inside IPv6; write it as IPv4")
NOBODYS = Violation(
    ErrorCode.INVALID, "must not be everybody, this machine, a group or an unspecified address"
)
PRIVATE = Violation(ErrorCode.INVALID, "is a private network; only the house may list one")
TOO_WIDE = Violation(
    ErrorCode.OUT_OF_RANGE, "must not be wider than /24 (IPv4) or /48 (IPv6), except for the house"
)


def parsed(text: str) -> Network | None:
    """The network of an address or CIDR; None for anything else, host bits set included."""
    try:
        return ip_network(text.strip(), strict=True)
    except ValueError:
        return None


def network_violation(text: str, *, of_the_house: bool) -> Violation | None:
    """Check a network; staff (`of_the_house`) may list private and wide ones."""
    network = parsed(text)
    if network is None:
        return MALFORMED
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        return MAPPED
    if network.prefixlen == 0 or _is_nobodys(network):
        return NOBODYS
    if of_the_house:
        return None
    if network.is_private:
        return PRIVATE
    return TOO_WIDE if network.prefixlen < NARROWEST_OF_OTHERS[network.version] else None


def _is_nobodys(network: Network) -> bool:
    return (
        network.is_loopback
        or network.is_multicast
        or network.is_unspecified
        or network.is_link_local
    )
