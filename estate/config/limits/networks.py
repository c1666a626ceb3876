"""Address ranges as AWS takes them for VPCs and subnets."""

import ipaddress
import re
from typing import Final

from estate.config.limits.kinds import Limit, shown

PRIVATE: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
RESERVED: Final[dict[ipaddress.IPv4Network, str]] = {
    ipaddress.IPv4Network("0.0.0.0/8"): "this network",
    ipaddress.IPv4Network("127.0.0.0/8"): "loopback",
    ipaddress.IPv4Network("169.254.0.0/16"): "link-local: instance metadata and DNS",
    ipaddress.IPv4Network("172.17.0.0/16"): "Docker's bridge, which several AWS services use",
    ipaddress.IPv4Network("224.0.0.0/4"): "multicast",
    ipaddress.IPv4Network("240.0.0.0/4"): "reserved",
}
LARGEST, SMALLEST, SMALLEST_BALANCED = 16, 28, 27
SOURCE: Final = "AWS: VPC user guide, VPC CIDR blocks; private ranges of RFC 1918 and RFC 6598"


def network(longest: int = SMALLEST, source: str = SOURCE) -> Limit:
    """A private IPv4 network in prefix notation, from /16 to /`longest`."""

    def why_not(value: object) -> str | None:
        found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3}){3})(/(.*))?", value, re.ASCII) if isinstance(value, str) else None
        if found is None:
            return f"{shown(value)} is no IPv4 network"
        address, slash, prefix = found[1], found[2], found[3]
        if not slash:
            return f"{shown(value)} has no prefix length: write {address}/24 for 256 addresses"
        if re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", prefix):
            return f"{shown(value)} has a netmask: write {_with_prefix(address, prefix)}"
        if not re.fullmatch(r"0|[1-9]\d?", prefix):
            return f"{shown(value)} has no prefix length: {shown(prefix)} is none"
        try:
            whole = ipaddress.IPv4Network(f"{address}/{prefix}", strict=False)
        except ValueError:
            return f"{shown(value)} is no IPv4 network"
        return _why_not_here(value, whole, address, longest)

    return Limit(f"a private IPv4 network of /{LARGEST} to /{longest}", source, why_not, "10.0.0.0/16")


def _with_prefix(address: str, netmask: str) -> str:
    try:
        return f"{ipaddress.IPv4Network(f'{address}/{netmask}', strict=False)}"
    except ValueError:
        return f"{address}/24"


def _why_not_here(value: object, whole: ipaddress.IPv4Network, address: str, longest: int) -> str | None:
    if not LARGEST <= whole.prefixlen <= longest:
        return f"/{whole.prefixlen} is too {'large' if whole.prefixlen < LARGEST else 'small'}"
    if str(whole.network_address) != address:
        return f"{shown(value)} has host bits set: the network is {whole}"
    for reserved, why in RESERVED.items():
        if whole.overlaps(reserved):
            return f"{whole} lies in {reserved} ({why})"
    return None if any(map(whole.subnet_of, PRIVATE)) else f"{whole} is public: it would hide a part of the internet"
