"""What tests have left: `python -m tests.left_behind` ends with 1 and names it, or with 0.

The engine may hold images and build cache of ours, no container and no network.  The private engine is taken
down, and then no process, mount, bridge or rule of it may be there; nor may the checkout have changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from imagematrix import engine, settings
from imagematrix.engine.owned import owned
from imagematrix.model import Places

REPOSITORY: Final = Path(__file__).resolve().parents[1]
NAME: Final = "imagematrix-"  # of a private engine's folder in /run
BRIDGE: Final = "imx"


def on_the_engine(places: Places) -> Iterator[str]:
    host = engine.look(places, to_build=False)
    if host is None:
        return
    with closing(engine.connect(host)) as client:
        for each in owned(client, owner="", kinds=("container", "network")):
            yield f"{each.kind} {each.name}"


def on_the_machine() -> Iterator[str]:
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        if f"/{NAME}" in line.split()[1]:
            yield f"mount {line.split()[1]}"
    for link in Path("/sys/class/net").iterdir():
        if link.name.startswith(BRIDGE):
            yield f"network device {link.name}"
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = status.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if f"/run/{NAME}" in words and status.parent.name != str(os.getpid()):
            yield f"process {status.parent.name}: {words[:120]}"
    for path in Path(tempfile.gettempdir()).glob(".imagematrix-*.tmp"):
        yield f"file {path}"


def in_the_checkout() -> Iterator[str]:
    words = ["git", "-C", str(REPOSITORY), "status", "--porcelain"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    yield from (f"changed {line}" for line in told.stdout.splitlines())


def main() -> int:
    places = Places(
        cache=settings.resolve({}, {}, environment=os.environ).cache, results=REPOSITORY / "results"
    )
    found = list(on_the_engine(places))
    engine.down(places)
    found += [*on_the_machine(), *in_the_checkout()]
    for each in found:
        sys.stderr.write(f"left behind: {each}\n")
    sys.stdout.write(f"{len(found)} things were left behind\n" if found else "nothing was left behind\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
