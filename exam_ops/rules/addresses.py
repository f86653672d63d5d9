"""Which public addresses a site may register, and where a caller really comes from (clause 二(四)1; D1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from exam_ops.rules.text import Text

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WIDEST_PREFIX = {4: 24, 6: 48}
"""A site's own line is never wider; a carrier's is."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Addresses that identify no single site on the public net."""

    code: str
    networks: tuple[Network, ...]
    detail: Text

    def holds(self, network: Network) -> bool:
        """Whether all of `network` lies in this range."""
        return any(overlap(n, network) and n.prefixlen <= network.prefixlen for n in self.networks)


def _range(code: str, zh: str, en: str, *networks: str) -> _Range:
    return _Range(code, tuple(map(ip_network, networks)), Text(zh, en))


def _not_public(code: str, zh: str, en: str, *networks: str) -> _Range:
    return _range(
        code,
        f"{zh}不能登记，请填写从外网看到的公网地址。",
        f"{en} cannot be registered; give the public address that the outside sees.",
        *networks,
    )


SPECIAL_RANGES = (
    _not_public("loopback", "本机地址", "A loopback address", "127.0.0.0/8", "::1/128"),
    _not_public(
        "private",
        "内网地址",
        "A private address",
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    ),
    _not_public("link_local", "链路本地地址", "A link-local address", "169.254.0.0/16", "fe80::/10"),
    _range(
        "cgnat",
        "100.64.0.0/10 是运营商共享地址，多家用户共用，不能登记。请向运营商申请公网地址。",
        "100.64.0.0/10 is shared by many customers of a carrier; ask the carrier for a public address.",
        "100.64.0.0/10",
    ),
    _not_public("unspecified", "未指定地址", "An unspecified address", "0.0.0.0/8", "::/128"),
    _not_public("multicast", "组播地址", "A multicast address", "224.0.0.0/4", "ff00::/8"),
    _not_public(
        "documentation",
        "文档示例地址",
        "An address for examples",
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    ),
    _range(
        "ipv4_mapped",
        "IPv4 映射地址不能登记，请直接填写其中的 IPv4 地址。",
        "An IPv4-mapped address cannot be registered; give the IPv4 address itself.",
        "::ffff:0:0/96",
    ),
    _range(
        "nat64",
        "NAT64 地址不能登记，请填写对应的 IPv4 公网地址。",
        "A NAT64 address cannot be registered; give the public IPv4 address behind it.",
        *("64:ff9b::/96", "64:ff9b:1::/48"),
    ),
    _range(
        "six_to_four",
        "6to4 地址不能登记，请填写对应的 IPv4 公网地址。",
        "A 6to4 address cannot be registered; give the public IPv4 address behind it.",
        *("2002::/16", "192.88.99.0/24"),
    ),
    _not_public(
        "reserved",
        "保留地址",
        "A reserved address",
        *("192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4"),
        # all that is not global unicast, and what the IETF keeps inside it (Teredo, benchmarks, ORCHID)
        *("::/3", "4000::/2", "8000::/1", "2001::/23"),
    ),
)
"""Most telling first: the first range that holds an address names the refusal."""

DRILL_RANGES = frozenset({"loopback", "documentation"})
"""Admitted in a drill, which runs on one desk with invented addresses."""


class AddressRefused(ValueError):
    """An address that may not be registered: a stable `code` and a sentence saying what to do."""

    def __init__(self, code: str, detail: Text) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def parse(text: str, *, allow_drill: bool = False) -> Network:
    """The network that a site registers as an address or CIDR, host bits cut off.

    Raises `AddressRefused` (`unreadable too_wide` or the code of a special range) for anything that is not
    a public line of its own: special ranges, and wider than /24 (IPv4) or /48 (IPv6).
    """
    network = _read(text)
    special = next((each for each in SPECIAL_RANGES if each.holds(network)), None)
    if special and not (allow_drill and special.code in DRILL_RANGES):
        raise AddressRefused(special.code, special.detail)
    if network.prefixlen < WIDEST_PREFIX[network.version]:
        detail = Text(
            "范围 {network} 过宽：IPv4 最宽 /24，IPv6 最宽 /48。请只填本考点的地址。",
            "{network} is too wide: at most /24 for IPv4 and /48 for IPv6. Register the site's own addresses only.",
        )
        raise AddressRefused("too_wide", detail.format(network=network))
    return network


def matches(networks: Iterable[Network], ip: str) -> bool:
    """Whether a caller at `ip` is inside one of the registered networks; an unreadable one never is."""
    address = read_address(ip)
    return address is not None and any(address in network for network in networks)


def overlap(a: Network, b: Network) -> bool:
    """Whether two registrations share an address; IPv4 and IPv6 never do."""
    return a.version == b.version and a.overlaps(b)


def client_address(peer: str, forwarded_for: str, trusted_proxies: Iterable[str | Network]) -> str:
    """The caller's address: the peer, or the right-most untrusted hop when the peer is a configured proxy.

    What stands left of that hop is the caller's own writing and is not read. A hop that is not an address
    ends the search at the last good one. IPv4-mapped forms are unwrapped; an unreadable peer is given back
    as it is and matches nothing.
    """
    address = read_address(peer)
    if address is None:
        return peer
    proxies = [_proxy(each) if isinstance(each, str) else each for each in trusted_proxies]
    hops = forwarded_for.split(",")
    while hops and any(address in proxy for proxy in proxies):
        hop = read_address(hops.pop().strip(" \t"))
        if hop is None:
            break
        address = hop
    return str(address)


def read_address(text: str) -> Address | None:
    """A plain address, IPv4-mapped unwrapped; None for ports, brackets, zones and whatever else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return None if address.scope_id else address.ipv4_mapped or address


def _read(text: str) -> Network:
    address, slash, prefix = text.strip().partition("/")
    try:
        if "%" in address or (slash and not (prefix.isascii() and prefix.isdigit())):
            raise ValueError(text)
        return ip_network((address, int(prefix)) if slash else address, strict=False)
    except ValueError:
        detail = Text(
            "无法识别“{text}”：请填写 IPv4、IPv6 地址或 CIDR，如 203.0.113.8、2001:db8::8 或 203.0.113.0/28。",
            "'{text}' cannot be read: give an IPv4 or IPv6 address or a CIDR, such as 203.0.113.8, 2001:db8::8 "
            "or 203.0.113.0/28.",
        )
        raise AddressRefused("unreadable", detail.format(text=text.strip()[:60])) from None


@lru_cache(maxsize=64)
def _proxy(text: str) -> Network:
    return ip_network(text, strict=False)
