"""What listens inside a container that does not answer: so that "bound to 127.0.0.1" is told apart from
"not listening" and from "another port"."""

from __future__ import annotations

import ipaddress

from imagematrix.container import Running
from imagematrix.errors import UnansweredError
from imagematrix.probes.node import run_node

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTEN = "0A"  # state of a listening socket, include/net/tcp_states.h of the kernel
_READ_BY_NODE = (
    f"for (const t of {list(_TABLES)}) try {{ console.log(fs.readFileSync(t, 'utf8')) }} catch (e) {{}}"
)
_ASK_IPV4 = (
    "const s = require('net').connect(%d, '127.0.0.1'); s.setTimeout(1000, () => process.exit());"
    "s.on('error', e => console.log(e.code)).on('connect', () => process.exit())"
)


def what_listens(running: Running) -> str:
    """One sentence on the container's listening sockets, with the remedy where one is plain."""
    try:
        return _told(running)
    except UnansweredError as failure:
        return f"what listens inside could not be read: {failure.reason}"


def _told(running: Running) -> str:
    table = _read(running)
    if table is None:
        return "what listens inside could not be read (the image has neither cat nor node)"
    sockets = parse(table)
    wanted = [address for address, port in sockets if port == running.inner_port]
    if not sockets:
        return "nothing listens inside on any TCP port"
    if wanted and all(address.is_loopback for address in wanted):
        where = ", ".join(str(address) for address in wanted)
        return (
            f"inside, the app listens on port {running.inner_port} at {where} only: "
            "make it listen on 0.0.0.0, or a published port cannot reach it"
        )
    if wanted and all(address.version == 6 for address in wanted) and _refuses_ipv4(running):
        return (
            f"inside, the app listens on port {running.inner_port} by IPv6 only: "
            "make it listen on 0.0.0.0, or a published port cannot reach it"
        )
    if wanted:
        return f"inside, something listens on port {running.inner_port}"
    ports = ", ".join(str(port) for port in sorted({port for _, port in sockets}))
    return f"inside, nothing listens on port {running.inner_port}, but something does on {ports}"


def _refuses_ipv4(running: Running) -> bool:
    """Whether what listens at "::" takes no IPv4, which the tables do not tell; False where there is no node."""
    told = run_node(running, _ASK_IPV4 % running.inner_port)
    return told is not None and told.output.strip() == "ECONNREFUSED"


def _read(running: Running) -> str | None:
    by_cat = running.exec("cat", *_TABLES)
    if by_cat.found:
        return by_cat.output
    by_node = run_node(running, _READ_BY_NODE)
    return by_node.output if by_node is not None and by_node.exit_code == 0 else None


def parse(table: str) -> list[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]]:
    """Listening addresses and ports of the text of /proc/net/tcp and /proc/net/tcp6 (proc(5))."""
    sockets = []
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 3 and fields[0].endswith(":") and fields[3] == _LISTEN:
            address, _, port = fields[1].partition(":")
            sockets.append((_address(bytes.fromhex(address)), int(port, 16)))
    return sockets


def _address(raw: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The kernel prints each 32-bit word of an address in the machine's byte order: little endian here."""
    words = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    address = ipaddress.ip_address(words)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
