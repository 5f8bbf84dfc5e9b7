"""From where workers may be logged in to: addresses that the user names, never everybody unasked."""

import ipaddress
from typing import Any

from ess_core.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WIDEST = {4: 8, 6: 16}  # prefix lengths; what is wider is as good as the whole Internet


def parse(text: str) -> Network:
    """The range that ``text`` writes as an address or a CIDR. Raises UsageError where it does not."""
    try:
        loose = ipaddress.ip_network(text.strip().replace("%", "no zone"), strict=False)
    except ValueError:
        hint = "write an address or a CIDR, such as 203.0.113.7 or 203.0.113.0/24"
        raise UsageError(f"{text[:80]!r} is not a range of addresses", hint) from None
    address = text.strip().partition("/")[0]
    if ipaddress.ip_address(address) != loose.network_address:
        raise UsageError(f"{text.strip()} is not the start of a range", f"its range is written {loose}")
    return loose


def is_everybody(network: Network) -> bool:
    """Whether it is so wide that it needs to be confirmed."""
    return network.prefixlen < WIDEST[network.version]


def permission(network: Network, port: int) -> dict[str, Any]:
    """The inbound rule that lets this range reach TCP ``port``."""
    kind, key = ("IpRanges", "CidrIp") if network.version == 4 else ("Ipv6Ranges", "CidrIpv6")
    found = {key: str(network), "Description": "SSH"}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, kind: [found]}
