"""Only a site's own public addresses are registered, and nothing a caller writes moves where it comes from."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules.addresses import SPECIAL_RANGES, AddressRefused, client_address, matches, overlap, parse


def refusal(text, **options):
    with pytest.raises(AddressRefused) as refused:
        parse(text, **options)
    assert refused.value.detail.zh
    assert refused.value.detail.en
    return refused.value.code


# --- Registration ---


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("202.112.0.36", "202.112.0.36/32"),
        (" 202.112.0.36 ", "202.112.0.36/32"),
        ("202.112.0.36/28", "202.112.0.32/28"),
        ("202.112.0.0/24", "202.112.0.0/24"),
        ("2001:DA8:0:0::1", "2001:da8::1/128"),
        ("2001:da8:200:1::5/64", "2001:da8:200:1::/64"),
        ("2001:da8:200::/48", "2001:da8:200::/48"),
        ("2400:3200::1", "2400:3200::1/128"),
        ("172.32.0.1", "172.32.0.1/32"),
        ("100.63.255.255", "100.63.255.255/32"),
        ("100.128.0.0", "100.128.0.0/32"),
        ("223.255.255.255", "223.255.255.255/32"),
    ],
)
def test_public_addresses_are_normalised(text, network):
    assert str(parse(text)) == network


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10.0.0.1", "private"),
        ("10.0.0.0/8", "private"),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.0/24", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("169.254.169.254", "link_local"),
        ("fe80::1", "link_local"),
        ("100.64.0.0", "cgnat"),
        ("100.100.100.200", "cgnat"),
        ("100.127.255.255", "cgnat"),
        ("100.64.0.0/10", "cgnat"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255/24", "multicast"),
        ("ff02::1", "multicast"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.255", "documentation"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("::ffff:202.112.0.36", "ipv4_mapped"),
        ("::ffff:7f00:1", "ipv4_mapped"),
        ("64:ff9b::7f00:1", "nat64"),
        ("64:ff9b::202.112.0.36", "nat64"),
        ("64:ff9b:1::1", "nat64"),
        ("2002:7f00:1::", "six_to_four"),
        ("2002:ca70:24::1", "six_to_four"),
        ("192.88.99.1", "six_to_four"),
        ("192.0.0.1", "reserved"),
        ("198.18.0.1", "reserved"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("2001::1", "reserved"),
        ("2001:2::1", "reserved"),
        ("2001:20::1", "reserved"),
        ("100::1", "reserved"),
        ("4000::1", "reserved"),
        ("::202.112.0.36", "reserved"),
        ("64:ff9b::/64", "reserved"),
    ],
)
def test_what_is_no_public_line_is_refused(text, code):
    assert refusal(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/0",
        "::/0",
        "128.0.0.0/1",
        "202.112.0.0/23",
        "202.0.0.0/8",
        "2001:da8:200::/47",
        "2400::/12",
        "2000::/3",
    ],
)
def test_wider_than_a_site_is_refused(text):
    assert refusal(text) == "too_wide"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "/", "/24", "202.112.0.36/", "202.112.0.36/33", "202.112.0.36/-1", "2001:da8::/129"),
        *("202.112.0", "202.112.0.256", "202.112.0.036", "0xca.112.0.36", "3396342820", "202.112.0.36.1"),
        *("202.112.0.0/255.255.255.0", "202.112.0.0/0.0.0.255", "202.112.0.0/24/24", "202.112.0.36:80"),
        *(
            "２02.112.0.36",
            "202.112.0.36/２4",
            "202。112。0。36",
            "fe80::1%eth0",
            "2400:3200::1%1",
            "[2400:3200::1]",
        ),
        *("example.edu.cn", "202.112.0.36, 202.112.0.37", "202.112.0.1-9", "202.112.0.*", "\x00", "9" * 5000),
    ],
)
def test_what_cannot_be_read_is_refused(text):
    assert refusal(text) == "unreadable"


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "192.0.2.0/24", "2001:db8::/48", "203.0.113.7"])
def test_a_drill_may_use_loopback_and_example_addresses(text):
    assert str(parse(text, allow_drill=True)).startswith(text.split("/")[0])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("127.0.0.0/8", "too_wide"),
        ("2001:db8::/32", "too_wide"),
        ("10.0.0.1", "private"),
        ("100.64.0.1", "cgnat"),
        ("::/127", "reserved"),
        ("::ffff:127.0.0.1", "ipv4_mapped"),
        ("0.0.0.0/0", "too_wide"),
    ],
)
def test_a_drill_admits_nothing_else(text, code):
    assert refusal(text, allow_drill=True) == code


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_whatever_is_registered_is_narrow_and_apart_from_every_special_range(number, prefix):
    try:
        network = parse(str(ip_network((number, prefix), strict=False)))
    except AddressRefused:
        return
    assert network.prefixlen >= 24
    assert network.is_global
    assert not any(overlap(network, special) for kind in SPECIAL_RANGES for special in kind.networks)


@given(st.ip_addresses(v=6), st.integers(0, 128))
def test_the_same_holds_for_ipv6(address, prefix):
    try:
        network = parse(f"{address}/{prefix}")
    except AddressRefused:
        return
    assert network.prefixlen >= 48
    assert not any(overlap(network, special) for kind in SPECIAL_RANGES for special in kind.networks)


# --- The gate ---

SITE = [parse("202.112.0.32/28"), parse("2001:da8:200::/64")]


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("202.112.0.31", False),
        ("202.112.0.32", True),
        ("202.112.0.47", True),
        ("202.112.0.48", False),
        ("::ffff:202.112.0.36", True),
        ("2001:da8:200::ffff", True),
        ("2001:da8:200:1::", False),
        ("2002:ca70:24::1", False),
        ("64:ff9b::202.112.0.36", False),
        ("2001:da8:200::1%eth0", False),
        ("202.112.0.36:443", False),
        ("202.112.0.36/32", False),
        ("", False),
        ("unknown", False),
    ],
)
def test_a_caller_is_inside_or_not(ip, inside):
    assert matches(SITE, ip) is inside


def test_a_site_without_addresses_matches_nobody():
    assert not matches([], "202.112.0.36")


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ("202.112.0.32/28", "202.112.0.47", True),
        ("202.112.0.47", "202.112.0.32/28", True),
        ("202.112.0.32/28", "202.112.0.48/28", False),
        ("2001:da8:200::/48", "2001:da8:200:5::/64", True),
        ("202.112.0.36", "2001:da8::1", False),
    ],
)
def test_overlap(a, b, shared):
    assert overlap(parse(a), parse(b)) is shared


# --- Where a caller comes from ---

PROXIES = ["172.28.5.10", "10.9.0.0/24", "fd00:9::/64"]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "seen"),
    [
        # no proxy in between: the header is the caller's own writing
        ("202.112.0.36", "", "202.112.0.36"),
        ("202.112.0.36", "1.2.3.4", "202.112.0.36"),
        ("202.112.0.36", "1.2.3.4, 172.28.5.10", "202.112.0.36"),
        ("::ffff:202.112.0.36", "1.2.3.4", "202.112.0.36"),
        ("172.28.5.11", "1.2.3.4", "172.28.5.11"),
        # one proxy: its hop, and nothing left of it
        ("172.28.5.10", "202.112.0.36", "202.112.0.36"),
        ("172.28.5.10", "1.2.3.4, 202.112.0.36", "202.112.0.36"),
        ("172.28.5.10", "1.2.3.4,5.6.7.8,\t202.112.0.36 ", "202.112.0.36"),
        ("172.28.5.10", "127.0.0.1, 202.112.0.36", "202.112.0.36"),
        ("172.28.5.10", "::ffff:202.112.0.36", "202.112.0.36"),
        ("::ffff:172.28.5.10", "202.112.0.36", "202.112.0.36"),
        ("::ffff:ac1c:50a", "202.112.0.36", "202.112.0.36"),
        ("172.28.5.10", "2001:DA8:0::1", "2001:da8::1"),
        # a chain of proxies
        ("172.28.5.10", "202.112.0.36, 10.9.0.7", "202.112.0.36"),
        ("172.28.5.10", "1.2.3.4, 202.112.0.36, 10.9.0.7, fd00:9::1", "202.112.0.36"),
        ("172.28.5.10", "1.2.3.4, 10.9.0.7, 202.112.0.36", "202.112.0.36"),
        ("172.28.5.10", "10.9.0.7, 10.9.0.8", "10.9.0.7"),
        ("172.28.5.10", "202.112.0.36, 10.9.1.7", "10.9.1.7"),
        # a hop that is no address ends the search
        ("172.28.5.10", "", "172.28.5.10"),
        ("172.28.5.10", " , ,", "172.28.5.10"),
        ("172.28.5.10", "202.112.0.36,", "172.28.5.10"),
        ("172.28.5.10", "unknown", "172.28.5.10"),
        ("172.28.5.10", "202.112.0.36, unknown", "172.28.5.10"),
        ("172.28.5.10", "202.112.0.36, junk, 10.9.0.7", "10.9.0.7"),
        ("172.28.5.10", "junk, 202.112.0.36", "202.112.0.36"),
        ("172.28.5.10", "202.112.0.36:51234", "172.28.5.10"),
        ("172.28.5.10", "[2001:da8::1]:443", "172.28.5.10"),
        ("172.28.5.10", '"202.112.0.36"', "172.28.5.10"),
        ("172.28.5.10", "for=202.112.0.36", "172.28.5.10"),
        ("172.28.5.10", "fe80::1%eth0", "172.28.5.10"),
        ("172.28.5.10", "202.112.0.036", "172.28.5.10"),
        ("172.28.5.10", "3396342820", "172.28.5.10"),
        ("172.28.5.10", "202.112.0.36\r\nX-Forwarded-For: 1.2.3.4", "172.28.5.10"),
        ("172.28.5.10", "202.112.0.36\x00", "172.28.5.10"),
        ("172.28.5.10", "２02.112.0.36", "172.28.5.10"),
        # a peer that is no address (a Unix socket) is trusted by nobody
        ("", "202.112.0.36", ""),
        ("unix:", "202.112.0.36", "unix:"),
    ],
)
def test_where_a_caller_comes_from(peer, forwarded_for, seen):
    assert client_address(peer, forwarded_for, PROXIES) == seen


def test_without_configured_proxies_the_peer_is_the_caller():
    assert client_address("172.28.5.10", "202.112.0.36", []) == "172.28.5.10"


def test_proxies_may_be_given_as_networks():
    assert client_address("10.9.0.1", "202.112.0.36", [ip_network("10.9.0.0/24")]) == "202.112.0.36"


@given(st.text(alphabet="0123456789abcdef.:%, []\t", max_size=60))
def test_nothing_written_left_of_the_proxys_own_hop_is_believed(written):
    assert client_address("172.28.5.10", f"{written},202.112.0.36", PROXIES) == "202.112.0.36"


@given(st.text(max_size=60))
def test_no_header_moves_a_caller_that_is_not_behind_a_proxy(written):
    assert client_address("202.112.0.36", written, PROXIES) == "202.112.0.36"
