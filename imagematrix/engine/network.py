"""The network of our own engine: one bridge, and the three firewall rules that let it out.

The engine itself is told to leave the firewall alone, so that it disturbs no other engine here and what
it leaves is known: every rule of ours names our bridge, and by that name it is found and removed.
"""

from __future__ import annotations

import ipaddress
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from imagematrix.engine import tools
from imagematrix.errors import EngineError

Network: TypeAlias = ipaddress.IPv4Network

# Where a free /24 is looked for: private ranges that home routers and clouds rarely hand out.
_POOLS: Final = tuple(map(ipaddress.IPv4Network, ("10.213.0.0/16", "172.30.0.0/16", "192.168.0.0/16")))
_RESOLV_CONF: Final = Path("/etc/resolv.conf")
_FORWARDING: Final = Path("/proc/sys/net/ipv4/ip_forward")
_CHAINS: Final = (("nat", "POSTROUTING"), ("filter", "FORWARD"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Commands:
    """The programs that set up a network, the machine's own or ours, and the environment to run them in."""

    ip: str
    iptables: tuple[tuple[str, ...], ...]  # those to try, in order: a kernel has tables for one, or for both
    env: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A bridge that is up."""

    bridge: str
    address: str  # the host's on it, with prefix: "10.213.7.1/24"
    mtu: int  # bytes a packet: the uplink's, or packets vanish on their way out
    forwarding_set: bool  # the kernel did not forward packets before


def commands(cache: Path, *, notify: Callable[[str], None]) -> Commands:
    """The machine's own `ip` and `iptables` where it has them, else ours (fetched where `ip` is missing)."""
    home = tools.folder(tools.ENGINE, cache)
    env = tools.environment(home)
    ip = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
    if ip is None:
        own = tools.ensure(tools.IPROUTE, cache, notify=notify)
        ip = shutil.which("ip", path=f"{own}/bin:{own}/sbin:{own}/usr/bin:{own}/usr/sbin") or "ip"
        env["LD_LIBRARY_PATH"] = f"{tools.environment(own)['LD_LIBRARY_PATH']}:{env['LD_LIBRARY_PATH']}"
    machine = shutil.which("iptables") or shutil.which("iptables", path="/usr/sbin:/sbin")
    if machine is None:
        tools.ensure(tools.ENGINE, cache, notify=notify)
    own_iptables = [
        (str(home / "usr/sbin" / program), "iptables")
        for program in ("xtables-legacy-multi", "xtables-nft-multi")
        if (home / "usr/sbin" / program).is_file()
    ]
    return Commands(ip=ip, iptables=(*([(machine,)] if machine else []), *own_iptables), env=env)


def up(run: Commands, bridge: str) -> Link:
    """Make the bridge with a subnet that nothing here uses, and let it out.  Raises EngineError."""
    addresses = _must(run, (run.ip, "-j", "address", "show"))
    routes = _must(run, (run.ip, "-j", "-4", "route", "show", "table", "all"))
    resolv_conf = _RESOLV_CONF.read_text(encoding="utf-8", errors="replace") if _RESOLV_CONF.is_file() else ""
    used = used_networks(addresses, routes, resolv_conf)
    subnet = free_subnet(used, start=int(bridge[-2:], 16))
    mtu = uplink_mtu(addresses, routes)
    address = f"{subnet[1]}/{subnet.prefixlen}"
    _must(run, (run.ip, "link", "add", bridge, "type", "bridge"))
    _must(run, (run.ip, "link", "set", bridge, "mtu", str(mtu), "up"))
    _must(run, (run.ip, "address", "add", address, "dev", bridge))
    iptables = _working_iptables(run)
    # First in the chain: where another engine or a firewall drops what it does not know, ours still passes.
    for rule in (
        ("-t", "nat", "-I", "POSTROUTING", "-s", str(subnet), "!", "-o", bridge, "-j", "MASQUERADE"),
        ("-I", "FORWARD", "-i", bridge, "-j", "ACCEPT"),
        (
            "-I",
            "FORWARD",
            "-o",
            bridge,
            "-m",
            "conntrack",
            "--ctstate",
            "RELATED,ESTABLISHED",
            "-j",
            "ACCEPT",
        ),
    ):
        _must(run, (*iptables, "-w", *rule))
    forwarding_set = _FORWARDING.read_text().strip() == "0"
    if forwarding_set:
        _FORWARDING.write_text("1\n")
    return Link(bridge=bridge, address=address, mtu=mtu, forwarding_set=forwarding_set)


def down(run: Commands, bridge: str, *, unset_forwarding: bool) -> None:
    """Remove the bridge and every rule that names it; nothing happens where there are none.

    `unset_forwarding` stops the kernel's forwarding again, unless another bridge is here to need it.
    """
    for iptables in run.iptables:
        for table, chain in _CHAINS:
            listed = _run(run, (*iptables, "-w", "-t", table, "-S", chain))
            for rule in rules_of(bridge, listed.stdout.splitlines()):
                _run(run, (*iptables, "-w", "-t", table, "-D", *rule))
    if Path("/sys/class/net", bridge).exists():
        _must(run, (run.ip, "link", "delete", bridge, "type", "bridge"))
    if unset_forwarding and not list(Path("/sys/class/net").glob("*/bridge")):
        _FORWARDING.write_text("0\n")


def rules_of(bridge: str, listed: Iterable[str]) -> list[list[str]]:
    """The rules of `iptables -S` that name the bridge, each as what follows -D."""
    words = (shlex.split(line) for line in listed)
    return [rule[1:] for rule in words if rule[:1] == ["-A"] and bridge in rule]


def free_subnet(used: Sequence[Network], *, start: int) -> Network:
    """The first private /24 that overlaps nothing in `used`; the search begins at the `start`-th.

    Raises EngineError where all are taken.
    """
    for pool in _POOLS:
        subnets = list(pool.subnets(new_prefix=24))
        for candidate in subnets[start:] + subnets[:start]:
            if not any(candidate.overlaps(network) for network in used):
                return candidate
    raise EngineError(
        f"no private /24 network is free in {', '.join(map(str, _POOLS))}",
        next_step="free one of them (`ip route`), or name an engine of yours by DOCKER_HOST",
    )


def uplink_mtu(addresses: str, routes: str) -> int:
    """The MTU of the device that the default route goes by; 1500 where there is no such route.

    `addresses` and `routes` are what `ip -j address show` and `ip -j route show` print.
    """
    device = next((route.get("dev") for route in json.loads(routes) if route.get("dst") == "default"), None)
    return next((int(link["mtu"]) for link in json.loads(addresses) if link.get("ifname") == device), 1500)


def used_networks(addresses: str, routes: str, resolv_conf: str) -> list[Network]:
    """Every IPv4 network that is held or routed here, and the name servers' addresses.

    A name server can lie behind the default route in a range of ours: a company's VPN does that.
    """
    held = [
        f"{address['local']}/{address['prefixlen']}"
        for link in json.loads(addresses)
        for address in link.get("addr_info", ())
        if address.get("family") == "inet"
    ]
    routed = [route["dst"] for route in json.loads(routes) if route.get("dst", "default") != "default"]
    servers = re.findall(r"^nameserver\s+([\d.]+)", resolv_conf, re.MULTILINE)
    return [ipaddress.IPv4Network(text, strict=False) for text in (*held, *routed, *servers)]


def _working_iptables(run: Commands) -> tuple[str, ...]:
    """The first iptables that this kernel has tables for."""
    failures = []
    for iptables in run.iptables:
        done = _run(run, (*iptables, "-w", "-t", "nat", "-S", "POSTROUTING"))
        if done.returncode == 0:
            return iptables
        failures.append(done.stderr.strip())
    raise EngineError(
        f"the firewall cannot be set up for our own engine: {'; '.join(failures) or 'there is no iptables'}",
        next_step="modprobe ip_tables or nf_tables, or name an engine of yours by DOCKER_HOST",
    )


def _must(run: Commands, command: tuple[str, ...]) -> str:
    done = _run(run, command)
    if done.returncode != 0:
        raise EngineError(
            f"the network of our own engine cannot be set up: `{shlex.join(command)}`: {done.stderr.strip()}",
            next_step="see `invoke doctor`, or name an engine of yours by DOCKER_HOST",
        )
    return done.stdout


def _run(run: Commands, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(command), env=run.env, capture_output=True, text=True)
