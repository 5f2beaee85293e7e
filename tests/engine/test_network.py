"""A subnet that nothing uses, the uplink's MTU, and rules that are ours alone."""

from __future__ import annotations

import json
from ipaddress import IPv4Network

import pytest

from imagematrix.engine.network import free_subnet, rules_of, uplink_mtu, used_networks
from imagematrix.errors import EngineError

ADDRESSES = json.dumps(
    [
        {"ifname": "lo", "mtu": 65536, "addr_info": [{"family": "inet6", "local": "::1", "prefixlen": 128}]},
        {
            "ifname": "eth0",
            "mtu": 1400,
            "addr_info": [{"family": "inet", "local": "192.0.2.9", "prefixlen": 24}],
        },
        {"ifname": "dummy0", "mtu": 9000},
    ]
)
ROUTES = json.dumps(
    [
        {"dst": "default", "dev": "eth0"},
        {"dst": "10.213.0.0/17", "dev": "eth0"},
        {"dst": "192.0.2.9", "dev": "eth0"},
    ]
)


def test_what_is_used() -> None:
    resolv_conf = "# nameserver 9.9.9.9\nnameserver 10.213.200.1\nnameserver fe80::1\n"
    assert used_networks(ADDRESSES, ROUTES, resolv_conf) == [
        IPv4Network("192.0.2.0/24"),
        IPv4Network("10.213.0.0/17"),
        IPv4Network("192.0.2.9/32"),
        IPv4Network("10.213.200.1/32"),
    ]


def test_the_uplinks_mtu() -> None:
    assert uplink_mtu(ADDRESSES, ROUTES) == 1400
    assert uplink_mtu(ADDRESSES, "[]") == 1500


def test_a_free_subnet_keeps_clear_of_what_is_used() -> None:
    assert free_subnet([], start=7) == IPv4Network("10.213.7.0/24")
    used = [IPv4Network("10.213.0.0/17"), IPv4Network("10.213.128.0/32")]
    assert free_subnet(used, start=7) == IPv4Network("10.213.129.0/24")
    assert free_subnet([IPv4Network("10.0.0.0/8")], start=7) == IPv4Network("172.30.7.0/24")


def test_no_subnet_is_free() -> None:
    with pytest.raises(EngineError, match="no private /24 network is free"):
        free_subnet([IPv4Network("0.0.0.0/0")], start=0)


def test_only_our_own_rules_are_taken_back() -> None:
    listed = [
        "-P FORWARD DROP",
        "-A FORWARD -i imx1 -j ACCEPT",
        "-A FORWARD -i imx10 -j ACCEPT",
        "-A FORWARD -o docker0 -j DOCKER",
        '-A POSTROUTING -s 10.213.7.0/24 ! -o imx1 -m comment --comment "two words" -j MASQUERADE',
    ]
    assert rules_of("imx1", listed) == [
        ["FORWARD", "-i", "imx1", "-j", "ACCEPT"],
        [
            *("POSTROUTING", "-s", "10.213.7.0/24", "!", "-o", "imx1"),
            *("-m", "comment", "--comment", "two words", "-j", "MASQUERADE"),
        ],
    ]
