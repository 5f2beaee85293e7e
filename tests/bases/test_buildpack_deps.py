from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from imagematrix.bases import buildpack_deps
from imagematrix.bases.recipe import Order, Workshop
from imagematrix.bases.reference import parse
from imagematrix.errors import BaseImageError, Interrupted


def workshop(folder: Path) -> Workshop:
    return Workshop(
        folder=folder,
        cache=folder / "cache",
        note=lambda _: None,
        stop=threading.Event(),
        parent_file=lambda _: b"",
    )


def test_who_is_not_root_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    order = Order(reference=parse(buildpack_deps.REFERENCE), node="", arch="amd64")
    with pytest.raises(BaseImageError, match="it takes root on Linux") as caught:
        buildpack_deps.RECIPE.lay_out(order, workshop(tmp_path))
    assert "--bases registry" in caught.value.next_step


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    order = Order(reference=parse(buildpack_deps.REFERENCE), node="", arch="amd64")
    with pytest.raises(BaseImageError, match="there is no perl, there is no unshare, there is no chroot"):
        buildpack_deps.RECIPE.lay_out(order, workshop(tmp_path))


def test_the_way_to_the_mirror_is_the_machines_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt_config = tmp_path / "apt-config"
    apt_config.write_text(
        "#!/bin/sh\ncat <<'END'\n"
        'Acquire::http::Proxy "http://cache:3142";\n'
        'Acquire::http::Proxy-Auto-Detect "/usr/bin/find-proxy";\n'
        'Acquire::Check-Valid-Until "false";\n'
        'Acquire::Languages "none";\n'
        'Dir::State "/elsewhere";\n'
        "END\n"
    )
    apt_config.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:8080")
    assert buildpack_deps.mirror_conf(ca=True).splitlines() == [
        'Acquire::http::Proxy "http://cache:3142";',
        'Acquire::Check-Valid-Until "false";',
        'Acquire::https::Proxy "http://proxy:8080";',
        'Acquire::https::CAInfo "/run/secrets/ca";',
    ]


def test_a_program_that_must_not_go_on_is_ended_with_all_it_started(tmp_path: Path) -> None:
    stop = threading.Event()
    child = tmp_path / "child"
    command = ["/bin/sh", "-c", f"sleep 60 & echo $! > {child}; wait"]

    def stop_when_it_runs() -> None:
        while not (child.exists() and child.read_text().strip()):
            pass
        stop.set()

    thread = threading.Thread(target=stop_when_it_runs)
    thread.start()
    with (tmp_path / "log").open("w") as log, pytest.raises(Interrupted):
        buildpack_deps.run_group(command, dict(os.environ), log.fileno(), stop)
    thread.join()
    state = Path(f"/proc/{int(child.read_text())}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"
