"""The walk by the image's own node, held against the engine's export and against `find`."""

from __future__ import annotations

import posixpath
import re
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import docker
import pytest
from docker.errors import APIError, ContainerError

from imagematrix import engine as engines
from imagematrix.errors import Interrupted
from imagematrix.image.files import FileSystem, Kind
from imagematrix.image.health import health
from imagematrix.image.walk import NoWalk
from imagematrix.model import Engine, EngineImage, Places
from tests.image.made_files import by_name, subject
from tests.integration.cli import docker as docker_words
from tests.integration.images import ALPINE, LABELS, article, made, no_image_left, ready, walked

pytestmark = pytest.mark.integration

# Where an engine has its own in every container; an export of one that never ran may have the image's.
PLACES = re.compile(
    r"/(\.dockerenv|dev|etc/(hostname|hosts|mtab|resolv\.conf)|proc|run/\.containerenv|sys)(/|$)"
)
# Files that a walk finds hard: hard links, names and targets that are not UTF-8, what root alone may read,
# odd rights, a sparse file, files where the engine mounts its own, a volume, the app's own NODE_OPTIONS.
ODD = r"""
RUN mkdir -p /odd/deep/er /data/in && cd /odd \
 && printf 0123456789 > one && ln one two && ln one "$(printf 'three\351')" \
 && mkdir "$(printf 'caf\351')" && printf x > "$(printf 'caf\351/inner\377')" \
 && ln -s "$(printf 'tar\377get')" link && ln -s /odd/one deep/er/link \
 && printf secret > closed && chmod 000 closed && chown 1234:1234 closed \
 && printf s > setuid && chmod 4711 setuid && mkdir sticky && chmod 3777 sticky \
 && truncate -s 5000000 sparse && mkfifo pipe && touch 'a	b' "$(printf 'new\nline')" \
 && touch "$(printf '\357\277\275')" \
 && printf volume > /data/in/file && printf again > /data/twin && ln /data/twin /data/in/twin
VOLUME /data
ENV NODE_OPTIONS=--require=/nowhere.js NODE_PATH=/odd
HEALTHCHECK CMD ["node", "-v"]
WORKDIR /odd/deep
USER 1000
"""
Build = Callable[[str], EngineImage]


@pytest.fixture(scope="module", autouse=True)
def _no_image_left(engine: Engine) -> Iterator[None]:
    with no_image_left(engine):
        yield


@pytest.fixture
def build(engine: Engine, client: docker.DockerClient, places: Places, tmp_path: Path) -> Build:
    """Builds an image of Alpine with Node and these lines of a Dockerfile on it."""
    on = ready(engine, client, [ALPINE], places)

    def one(more: str) -> EngineImage:
        dockerfile = tmp_path / "Dockerfile"
        dockerfile.write_text(f"FROM {ALPINE.reference}\n{more}\n", encoding="utf-8")
        return made(engine, client, dockerfile, on, tag="walked", folder=tmp_path)

    return one


def exported(
    engine: Engine, client: docker.DockerClient, image: EngineImage
) -> dict[str, tuple[object, ...]]:
    """`docker export` of a container that never ran, without what the engine made in it: the oracle."""
    time.sleep(1.1)  # what the engine makes is told by its second: the image's own files must be older
    container = client.containers.create(image.ref, labels=LABELS, entrypoint=["none"])
    try:
        created = (
            time.mktime(time.strptime(container.attrs["Created"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        )
        words = docker_words(engine, "export", str(container.id))
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            with tarfile.open(fileobj=cast(IO[bytes], process.stdout), mode="r|") as tar:
                members = [m for m in tar if m.size or m.isdir() or m.islnk() or m.mtime < created]
            assert process.wait() == 0
    finally:
        container.remove(force=True, v=True)
    found: dict[str, tuple[object, ...]] = {}
    for member in members:
        path = "/" + posixpath.normpath(member.name).lstrip("/")
        kind = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l"}.get(member.type, "f" if member.isreg() else "o")
        target = member.linkname if kind == "l" else ""
        size, mode, uid = member.size, member.mode & 0o7777, member.uid
        if member.islnk():
            (_, size, mode, uid, _) = found["/" + member.linkname.lstrip("/")]  # type: ignore[assignment]
            kind = "f"
        found[path] = (kind, size if kind == "f" else 0, mode, uid, target)
    found.pop("/.", None)
    return {path: told for path, told in found.items() if not PLACES.match(path)}


def told(files: FileSystem) -> dict[str, tuple[object, ...]]:
    return {e.path: (e.kind.value, e.bytes, e.mode, e.uid, e.target) for e in files.entries.values()}


def compare(files: FileSystem, oracle: dict[str, tuple[object, ...]]) -> None:
    mine = told(files)
    assert mine.keys() - oracle.keys() == set()
    assert oracle.keys() - mine.keys() == set()
    assert {path: (mine[path], oracle[path]) for path in mine if mine[path] != oracle[path]} == {}


@pytest.mark.parametrize("label", ["distroless", "alpine"])
def test_every_file_is_told_as_the_engine_exports_it(
    engine: Engine, client: docker.DockerClient, places: Places, tmp_path: Path, label: str
) -> None:
    image, _ = article(engine, client, label, places, tmp_path)
    files = walked(client, image, tmp_path)
    assert isinstance(files, FileSystem), files
    compare(files, exported(engine, client, image))


def test_odd_files_are_told_as_the_engine_exports_them(
    engine: Engine, client: docker.DockerClient, build: Build, tmp_path: Path
) -> None:
    image = build(ODD)
    before = {volume.name for volume in client.volumes.list()}
    files = walked(client, image, tmp_path / "walks")
    assert isinstance(files, FileSystem), files
    compare(files, exported(engine, client, image))
    one, two = files.entries["/odd/one"], files.entries["/odd/two"]
    assert one.content == two.content == files.entries["/odd/three\udce9"].content
    assert files.entries["/data/twin"].content == files.entries["/data/in/twin"].content
    assert files.entries["/odd/sparse"].content != one.content
    assert files.entries["/odd/link"].target == "tar\udcffget"
    assert files.entries["/odd/\ufffd"].kind is Kind.FILE
    assert files.visible_bytes <= image.unpacked_bytes
    assert {volume.name for volume in client.volumes.list()} == before


def test_files_and_rights_of_vanilla_are_those_that_find_finds(
    engine: Engine, client: docker.DockerClient, places: Places, tmp_path: Path
) -> None:
    image, _ = article(engine, client, "vanilla", places, tmp_path)
    files = walked(client, image, tmp_path)
    assert isinstance(files, FileSystem), files
    # The engine's own files are left out by name; /etc/mtab is a link.
    script = (
        "find / -xdev -type f ! -path /.dockerenv ! -path /etc/hosts ! -path /etc/hostname ! -path /etc/resolv.conf"
        " -printf '%s %m %U %p\\n'"
    )
    said = client.containers.run(
        image.ref, ["-c", script], entrypoint="sh", remove=True, labels=LABELS, user="0"
    )
    found = {tuple(line.split(" ", 3)) for line in said.decode().splitlines()}
    mine = {
        (str(e.bytes), f"{e.mode:o}", str(e.uid), e.path)
        for e in files.entries.values()
        if e.kind is Kind.FILE
    }
    assert mine == found
    assert len(mine) > 20_000


def test_a_container_of_a_walk_can_do_nothing_and_is_gone_afterwards(
    engine: Engine, client: docker.DockerClient, build: Build, tmp_path: Path
) -> None:
    image = build(
        "RUN printf '#!/bin/sh\\nexec sleep 60\\n' > /usr/local/bin/node && chmod 755 /usr/local/bin/node"
    )
    stop, ended = threading.Event(), []

    def run() -> None:
        own = engines.connect(engine)
        try:
            walked(own, image, tmp_path / "walks", stop)
        except Interrupted:
            ended.append("interrupted")
        finally:
            own.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        found: list[Any] = []
        deadline = time.monotonic() + 20
        while not found and time.monotonic() < deadline:
            labels = [f"{name}={value}" for name, value in LABELS.items()]
            found = client.containers.list(filters={"label": labels}, ignore_removed=True)
            time.sleep(0.05)
        (container,) = found
        host = container.attrs["HostConfig"]
        assert host["NetworkMode"] == "none"
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert [cap.removeprefix("CAP_") for cap in host["CapAdd"]] == ["DAC_READ_SEARCH"]
        assert host["SecurityOpt"] == ["no-new-privileges"]
        assert host["Memory"] == host["MemorySwap"] == 512 << 20
        assert host["PidsLimit"] == 64
        assert container.labels["imagematrix.kind"] == "container"
        assert not host["Privileged"]
    finally:
        begun = time.monotonic()
        stop.set()
        thread.join()
    assert ended == ["interrupted"]
    assert time.monotonic() - begun < 5
    assert list((tmp_path / "walks").glob("*.jsonl")) == list((tmp_path / "walks").glob("*.tmp")) == []


CHECKS = r"""
RUN mkdir -p /x /shut && cd /x \
 && printf '#!/bin/sh\nexit 0\n' > sh.sh && printf '#!/bin/none\nexit 0\n' > none.sh \
 && printf '#!/usr/bin/env node\n' > env.js && printf '#!/usr/bin/env none\n' > env-none.py \
 && printf '#!/bin/sh\r\nexit 0\r\n' > windows.sh && printf '#!/x/none.sh\n' > nested.sh && chmod 755 * \
 && touch open.js closed.js theirs.js /shut/open.js && chmod 600 closed.js theirs.js && chown 1000 theirs.js \
 && cp sh.sh unread.sh && chmod 711 unread.sh && chmod 700 /shut
WORKDIR /x
USER 1000
"""


def test_a_health_check_is_told_to_run_where_the_engine_can_run_it(
    client: docker.DockerClient, build: Build, tmp_path: Path
) -> None:
    image = build(CHECKS)
    files = walked(client, image, tmp_path / "walks")
    assert isinstance(files, FileSystem), files
    programs = [
        ["./sh.sh"],
        ["/x/none.sh"],
        ["./env.js"],
        ["./env-none.py"],
        ["./windows.sh"],
        ["./nested.sh"],
    ]
    given = ["open.js", "closed.js", "theirs.js", "/shut/open.js"]
    for words in [*programs, ["./unread.sh"], *(["node", script] for script in given)]:
        of = replace(image, config=replace(image.config, healthcheck=("CMD", *words)))
        can_run = by_name(health(subject(files, of=of)))["healthcheck_can_run"]
        try:
            client.containers.run(image.ref, words[1:], entrypoint=words[:1], remove=True, labels=LABELS)
            ran = True
        except (APIError, ContainerError):
            ran = False
        assert (can_run.value, can_run.measured) == (ran, True), words


LIE = r"""
RUN printf '%s\n' '#!/bin/sh' 'cat <<EOF' '["n","24.0.0"]' \
 '["d","/",0,["big"],"f",[99999999999],[420],0,{},{}]' '["z",1]' 'EOF' > /usr/local/bin/node
"""


# It does what Node does, but not at once.
WRAPPER = r"""
RUN mv /usr/local/bin/node /usr/local/bin/own && printf '#!/bin/sh\necho "starting \033[1mnode"\nexec own "$@"\n' \
 > /usr/local/bin/node && chmod 755 /usr/local/bin/node
"""


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (LIE, "it told of 99999999999 bytes, where all layers hold"),
        ("RUN printf '#!/bin/sh\\ncat /dev/zero\\n' > /usr/local/bin/node", "says too much"),
        ("RUN printf '#!/bin/sh\\necho broken >&2\\nexit 3\\n' > /usr/local/bin/node", "failed: broken"),
        ("RUN rm /usr/local/bin/node", "no node is in the image"),
        (WRAPPER, "what it calls node wrote `starting \\x1b[1mnode`, as Node does not"),
    ],
)
def test_a_node_that_lies_or_fails_or_is_not_there_is_a_reason(
    client: docker.DockerClient, build: Build, tmp_path: Path, more: str, why: str
) -> None:
    files = walked(client, build(more), tmp_path / "walks")
    assert isinstance(files, NoWalk), files
    assert why in files.reason
    assert files.reason.isprintable()
    assert list((tmp_path / "walks").glob("*.jsonl")) == []
