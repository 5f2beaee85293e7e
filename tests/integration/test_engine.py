"""Our own engine, really brought up: what it gives, that it survives being killed, that it leaves nothing."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import subprocess
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container
from platformdirs import user_cache_path

from imagematrix import engine
from imagematrix.engine import embedded, endpoint, network, processes
from imagematrix.errors import EngineError
from imagematrix.fetch import apt
from imagematrix.fetch.apt_sources import debian_archive
from imagematrix.model import LABEL_KIND, Engine, Places
from tests.integration.own import own_cache

pytestmark = [
    pytest.mark.integration,
    # The SDK leaves a socket to the garbage collector when an engine goes while it connects.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

IMAGE = "imagematrix.local/busybox:test"


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A cache of its own, and so an engine of its own; only the unpacked programs are the user's."""
    with own_cache(tmp_path) as places:
        yield places


@pytest.fixture(scope="module")
def busybox() -> bytes:
    """An image's file system with one static program."""
    cache = user_cache_path("imagematrix")
    tools = cache / "test" / "busybox"
    if not tools.is_dir():
        apt.unpack_debs(apt.fetch_debs(["busybox-static"], suite="bookworm", cache=cache), tools)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(next(tools.glob("**/bin/busybox")), "bin/busybox")
    return buffer.getvalue()


@contextmanager
def _client(of: Engine) -> Iterator[docker.DockerClient]:
    client = engine.connect(of)
    try:
        yield client
    finally:
        client.close()


def _serve(client: docker.DockerClient, file_system: bytes) -> Container:
    """A container that hands out its own program at a port on loopback."""
    client.api.import_image_from_data(file_system, repository=IMAGE.partition(":")[0], tag="test")
    return client.containers.run(
        IMAGE,
        ["/bin/busybox", "httpd", "-f", "-p", "3000", "-h", "/bin"],
        detach=True,
        init=True,
        labels={LABEL_KIND: "container"},
        mem_limit="64m",
        pids_limit=20,
        ports={"3000/tcp": ("127.0.0.1", 0)},
    )


def _get(url: str) -> bytes:
    """The body, from the moment that the server in the container listens."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(100):
        try:
            with direct.open(url, timeout=10) as answer:
                body: bytes = answer.read()
                return body
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    pytest.fail(f"nothing answers at {url}")


def _assert_nothing_left(places: Places) -> None:
    home = embedded._home(places)
    assert processes.engine_processes(home.runtime) == {}
    assert processes.container_processes(home.name) == set()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in listed.splitlines() if str(home.runtime) in line]
    assert str(home.cache) not in Path("/proc/mounts").read_text()
    assert str(home.runtime) not in Path("/proc/mounts").read_text()
    assert not home.runtime.exists()
    assert not Path("/sys/class/net", home.bridge).exists()
    run = network.commands(home.cache, notify=pytest.fail)
    for iptables in run.iptables:
        for table in ("filter", "nat"):
            rules = subprocess.run(
                [*iptables, "-t", table, "-S"], env=run.env, capture_output=True, text=True
            )
            assert home.bridge not in rules.stdout
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{home.name}"))


@pytest.mark.parametrize("store", ["overlay2", "containerd"])
def test_an_engine_from_up_to_down(
    store: embedded.ImageStore, places: Places, busybox: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.status(places).running is False
    own = engine.up(places, lambda _: None, image_store=store)
    status = engine.status(places)
    assert (own.embedded, own.image_store, own.host) == (True, store, status.host)
    assert (status.running, status.image_store, status.version) == (True, store, own.version)
    assert Path(f"/proc/{status.pid}/comm").read_text() == "dockerd\n"
    assert status.data_bytes > 0
    socket = Path(own.host.removeprefix("unix://"))
    assert (socket.stat().st_mode & 0o777, socket.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    # Found again, and told so in one line, when nothing else is named.
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(places.cache / "docker"))
    monkeypatch.setattr(endpoint, "DEFAULT_HOST", f"unix://{places.cache}/none.sock")
    notes: list[str] = []
    assert engine.find(places, notify=notes.append) == own
    assert len(notes) == 1
    assert "invoke engine.down" in notes[0]
    assert engine.status(places).pid == status.pid

    with _client(own) as client:
        container = _serve(client, busybox)
        container.reload()
        port = container.attrs["NetworkSettings"]["Ports"]["3000/tcp"][0]["HostPort"]
        assert _get(f"http://127.0.0.1:{port}/busybox").startswith(b"\x7fELF")

    assert engine.down(places) is True
    _assert_nothing_left(places)
    assert engine.down(places) is False


def test_containers_and_builds_reach_the_outside(places: Places, busybox: bytes, tmp_path: Path) -> None:
    own = engine.up(places, lambda _: None)
    archive = debian_archive()
    fetch = [
        "/bin/busybox",
        "wget",
        "-O",
        "/dev/null",
        f"{archive.uri.rstrip('/')}/dists/{archive.suite}/InRelease",
    ]
    proxies = {name: os.environ[name] for name in ("http_proxy", "https_proxy") if name in os.environ}
    with _client(own) as client:
        client.api.import_image_from_data(busybox, repository=IMAGE.partition(":")[0], tag="test")
        said = client.containers.run(IMAGE, fetch, environment=proxies, remove=True, stderr=True)
        assert b"saved" in said
    words = ", ".join(f'"{word}"' for word in fetch)
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN [{words}]\n")
    arguments = [f"--build-arg={name}={value}" for name, value in proxies.items()]
    built = subprocess.run(
        [*own.buildx, "build", "--progress=rawjson", *arguments, str(tmp_path)],
        env={**os.environ, **dict(own.env), "BUILDX_BUILDER": "default"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    assert '"vertexes"' in built.stderr


def test_a_killed_engine_comes_up_again_with_its_images(places: Places, busybox: bytes) -> None:
    own = engine.up(places, lambda _: None)
    home = embedded._home(places)
    with _client(own) as client:
        _serve(client, busybox)
        before = engine.status(places).pid
        orphans = processes.container_processes(home.name)
        assert orphans
        os.kill(before, signal.SIGKILL)
    while "dockerd" in processes.engine_processes(home.runtime).values():
        time.sleep(0.01)

    again = engine.up(places, lambda _: None)
    assert again == own
    assert engine.status(places).pid not in (0, before)
    assert not orphans & processes.container_processes(home.name)
    with _client(again) as client:
        assert client.images.get(IMAGE).tags == [IMAGE]
        assert [each.status for each in client.containers.list(all=True)] == ["exited"]


def test_down_after_a_kill_leaves_nothing(places: Places, busybox: bytes) -> None:
    own = engine.up(places, lambda _: None)
    with _client(own) as client:
        _serve(client, busybox)
        os.kill(engine.status(places).pid, signal.SIGKILL)
    assert engine.down(places) is True
    _assert_nothing_left(places)


def test_two_caches_have_two_engines(places: Places, tmp_path: Path) -> None:
    first = engine.up(places, lambda _: None)
    with own_cache(tmp_path / "second") as others:
        second = engine.up(others, lambda _: None)
        assert first.host != second.host
        bridges = {embedded._home(each).bridge for each in (places, others)}
        links = json.loads(subprocess.run(["ip", "-j", "address"], capture_output=True, check=True).stdout)
        assert bridges <= {link["ifname"] for link in links}
        addresses = [
            each["local"] for link in links if link["ifname"] in bridges for each in link["addr_info"]
        ]
        assert len({address for address in addresses if address.endswith(".1")}) == 2
        engine.down(others)
        _assert_nothing_left(others)
    assert engine.status(places).running


def test_an_engine_that_cannot_start_says_why_and_leaves_nothing(places: Places) -> None:
    (places.cache / "engine" / "data").write_text("a file where its data should be")
    with pytest.raises(EngineError, match=r"its last words:\n.*canonical path points to a file") as caught:
        engine.up(places, lambda _: None)
    assert caught.value.where == str(places.cache / "engine" / "dockerd.log")
    _assert_nothing_left(places)


def test_apt_brings_what_it_is_asked_for(tmp_path: Path) -> None:
    assert apt.usable() == ""
    (deb,) = apt.fetch_debs(["tini"], suite="", cache=tmp_path)
    apt.unpack_debs([deb], tmp_path / "root")
    assert os.access(tmp_path / "root" / "usr" / "bin" / "tini-static", os.X_OK)
    lines = apt.sources_lines("trixie").splitlines()
    assert lines[0].split()[3:] == ["trixie", "main"]
    assert debian_archive().uri in lines[0]
