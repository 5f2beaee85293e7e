"""Stand-ins, really made and really run: what they have in common with the images they stand in for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from docker.errors import APIError, ImageNotFound

from imagematrix import bases
from imagematrix.bases import StandIn, list_stand_ins
from imagematrix.engine import connect
from imagematrix.model import LABEL_KIND, BaseRef, BaseSource, Engine, Places, ReadyBase, StepEvent

pytestmark = pytest.mark.integration

DEBIAN = BaseRef(reference="node:24", recipe="debian-node", node="24")
ALPINE = BaseRef(reference="node:24-alpine", recipe="alpine-node", node="24")
DISTROLESS = BaseRef(reference="gcr.io/distroless/nodejs24-debian13", recipe="distroless-node", node="24")
NONROOT = replace(DISTROLESS, reference="gcr.io/distroless/nodejs20-debian13:nonroot", node="20")
OTHERS = (
    BaseRef(reference="node:20", recipe="debian-node", node="20"),
    BaseRef(reference="node:22", recipe="debian-node", node="22"),
    BaseRef(reference="node:20-alpine", recipe="alpine-node", node="20"),
    BaseRef(reference="node:22-alpine", recipe="alpine-node", node="22"),
    NONROOT,
    replace(DISTROLESS, reference="gcr.io/distroless/nodejs22-debian13", node="22"),
    BaseRef(reference="node:8", recipe="debian-node", node="8"),
    replace(DISTROLESS, reference="gcr.io/distroless/nodejs", node="8"),
)
WITH_NPM = (DEBIAN, ALPINE, *(ref for ref in OTHERS if ref.recipe != "distroless-node"))
PLAIN = BaseRef(reference="debian:bookworm", recipe="debian", node="")

Run = Callable[..., str]


def prepare(
    engine: Engine, client: docker.DockerClient, places: Places, *refs: BaseRef
) -> tuple[dict[str, ReadyBase], list[StepEvent]]:
    events: list[StepEvent] = []
    found = bases.prepare(
        engine, client, refs, mode="local", platform="", places=places, listener=events.append
    )
    ready = {reference: base for reference, base in found.items() if isinstance(base, ReadyBase)}
    assert list(ready) == [ref.reference for ref in refs], found
    return ready, events


@pytest.fixture(scope="module")
def made(engine: Engine, places: Places) -> dict[str, ReadyBase]:
    client = connect(engine)
    try:
        return prepare(engine, client, places, DEBIAN, ALPINE, DISTROLESS, *OTHERS, PLAIN)[0]
    finally:
        client.close()


@pytest.fixture
def run(client: docker.DockerClient, made: dict[str, ReadyBase]) -> Run:
    def run(ref: BaseRef, *command: str, entrypoint: str | None = None, user: str | None = None) -> str:
        said = client.containers.run(
            made[ref.reference].build_ref,
            list(command),
            entrypoint=entrypoint,
            user=user,
            network_mode="none",
            labels={LABEL_KIND: "container"},
            remove=True,
            stderr=True,
        )
        assert isinstance(said, bytes)
        return said.decode()

    return run


@pytest.mark.parametrize("ref", [DEBIAN, ALPINE, DISTROLESS, *OTHERS], ids=lambda ref: ref.reference)
def test_each_runs_its_node_and_says_what_it_is_made_of(
    client: docker.DockerClient, made: dict[str, ReadyBase], run: Run, ref: BaseRef
) -> None:
    base = made[ref.reference]
    assert (base.source, base.recipe) == (BaseSource.STAND_IN, ref.recipe)
    image = client.images.get(base.build_ref)
    assert base.diff_ids == tuple(image.attrs["RootFS"]["Layers"])
    assert base.digest == image.id
    version = run(ref, "-p", "process.versions.node").strip()
    assert version.startswith(f"{ref.node}.")
    labels = image.labels
    assert labels[LABEL_KIND] == "stand-in"
    assert labels["imagematrix.stand-in.recipe"] == ref.recipe
    assert f"node={version}" in labels["imagematrix.stand-in.packages"].split()


@pytest.mark.parametrize("ref", WITH_NPM, ids=lambda ref: ref.reference)
def test_npm_is_there_and_the_version_that_the_label_says(
    client: docker.DockerClient, made: dict[str, ReadyBase], run: Run, ref: BaseRef
) -> None:
    version = run(ref, "npm", "--version").strip()
    labels = client.images.get(made[ref.reference].build_ref).labels
    assert f"npm={version}" in labels["imagematrix.stand-in.packages"].split()


@pytest.mark.parametrize(("ref", "glibc"), [(DEBIAN, "2.36"), (ALPINE, None), (DISTROLESS, "2.41")])
def test_the_c_library_is_the_originals(run: Run, ref: BaseRef, glibc: str | None) -> None:
    header = json.loads(run(ref, "-p", "JSON.stringify(process.report.getReport().header)"))
    assert header.get("glibcVersionRuntime") == glibc


def test_a_second_time_it_is_there_at_once(
    engine: Engine, client: docker.DockerClient, places: Places, made: dict[str, ReadyBase]
) -> None:
    started = time.monotonic()
    again, events = prepare(engine, client, places, DEBIAN, ALPINE, DISTROLESS)
    seconds = time.monotonic() - started
    assert again == {reference: made[reference] for reference in again}
    assert [event.state for event in events if event.state == "note"] == []
    assert seconds < 2.0


def test_they_are_listed(client: docker.DockerClient, made: dict[str, ReadyBase]) -> None:
    listed: dict[str, StandIn] = {stand_in.image: stand_in for stand_in in list_stand_ins(client)}
    for base in made.values():
        assert listed[base.build_ref].recipe == base.recipe
        assert listed[base.build_ref].engine_bytes > 0
    assert listed[made["node:24"].build_ref].reference == "node:24"


def test_debians_layers_are_the_originals(client: docker.DockerClient, made: dict[str, ReadyBase]) -> None:
    history = client.images.get(made["node:24"].build_ref).history()
    steps = [re.sub(r"\s+", " ", line["CreatedBy"]) for line in reversed(history) if line["Size"]]
    starts = ("ADD rootfs.tar", "RUN", "RUN", "RUN", "RUN", "ADD node.tar", "COPY")
    assert [step.startswith(start) for step, start in zip(steps, starts, strict=True)] == [True] * 7
    assert len(made["node:24"].diff_ids) == 7
    # Three versions of Node stand on the same Debian.
    assert made["node:20"].diff_ids[:4] == made["node:22"].diff_ids[:4] == made["node:24"].diff_ids[:4]


def test_a_plain_debian_is_one_layer_that_apt_can_add_to(
    client: docker.DockerClient, made: dict[str, ReadyBase]
) -> None:
    base = made[PLAIN.reference]
    assert len(base.diff_ids) == 1
    script = "apt-get update && apt-get install -y --no-install-recommends hello && hello && dpkg --audit"
    said = client.containers.run(
        base.build_ref, ["sh", "-c", script], labels={LABEL_KIND: "container"}, remove=True
    )
    assert b"Hello, world!" in said


def test_debian_can_build_and_fetch_as_the_original_can(run: Run) -> None:
    tools = "bash curl gcc g++ make python3 git hg svn ssh wget gpg convert patch unzip ps"
    found = run(
        DEBIAN, "sh", "-c", f"for tool in {tools}; do command -v $tool; done; test -f /usr/include/zlib.h"
    )
    assert len(found.split()) == len(tools.split())
    assert run(DEBIAN, "sh", "-c", "id -u node; id -g node; echo ~node").split() == [
        "1000",
        "1000",
        "/home/node",
    ]
    assert "yarn" not in run(DEBIAN, "ls", "/usr/local/bin").split()
    headers = run(DEBIAN, "ls", "/usr/local/include/node/node.h")
    assert headers.strip() == "/usr/local/include/node/node.h"


def test_debian_has_nothing_left_over(run: Run) -> None:
    """No downloaded packages and lists, and nothing of the machine that made it."""
    script = (
        "find /var/lib/apt/lists /var/cache/apt -type f -not -name lock; find /run -type f -not -name adduser; "
        "find /tmp /root /run/secrets -mindepth 1 -not -name '.*rc' -not -name .profile 2>/dev/null; true"
    )
    assert run(DEBIAN, "sh", "-c", script).strip() == ""
    assert run(DEBIAN, "dpkg", "--audit").strip() == ""


def test_debians_files_have_their_final_modes_in_one_layer(run: Run) -> None:
    script = (
        "stat -c '%a %U' /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/npm-cli.js /home/node /tmp"
    )
    assert run(DEBIAN, "sh", "-c", script).split("\n")[:4] == [
        "755 root",
        "755 root",
        "755 node",
        "1777 root",
    ]


@pytest.mark.parametrize("ref", [DEBIAN, ALPINE], ids=lambda ref: ref.reference)
def test_an_unknown_command_goes_to_node(run: Run, ref: BaseRef) -> None:
    script = "require('node:fs').writeFileSync('/tmp/x.js', 'console.log(process.argv.length)')"
    assert run(ref, "sh", "-c", f'node -e "{script}"; docker-entrypoint.sh /tmp/x.js a b').strip() == "4"
    assert run(ref, "--eval", "console.log(7)").strip() == "7"


def test_alpine_is_what_its_package_database_says(run: Run) -> None:
    """`apk audit` compares every file with the database: only what adding a user changes may differ."""
    assert run(ALPINE, "sh", "-c", "apk audit --no-network --system 2>&1").strip() == ""
    changed = run(ALPINE, "sh", "-c", "apk audit --no-network --backup 2>/dev/null").splitlines()
    by_the_engine = {"etc/hostname", "etc/hosts", "etc/mtab"}
    differing = {line.split()[-1] for line in changed if line.startswith("U")}
    assert differing - by_the_engine == {"etc/group", "etc/passwd", "etc/shadow"}
    packages = run(ALPINE, "sh", "-c", "apk info --no-network 2>/dev/null").split()
    assert {"musl", "busybox", "alpine-release", "apk-tools"} <= set(packages)
    assert not {"linux-virt", "openrc", "sudo"} & set(packages)


def test_alpine_has_sh_node_and_npm_and_no_bash(run: Run) -> None:
    script = "for name in sh node npm npx corepack apk bash; do command -v $name; done"
    assert run(ALPINE, "sh", "-c", f"{script} || true").split() == [
        "/bin/sh",
        *(f"/usr/local/bin/{name}" for name in ("node", "npm", "npx", "corepack")),
        "/sbin/apk",
    ]
    assert run(ALPINE, "sh", "-c", "id node").strip() == "uid=1000(node) gid=1000(node) groups=1000(node)"
    assert run(ALPINE, "sh", "-c", "touch ~/mine && stat -c %U ~/mine", user="node").strip() == "node"
    assert "3.23" in run(ALPINE, "cat", "/etc/alpine-release")


def test_alpines_cpp_library_is_found_by_its_usual_name(run: Run) -> None:
    script = (
        "const {dlopen} = process, m = {exports: {}};"
        "try { dlopen(m, '/usr/lib/libstdc++.so.6') } catch (e) { console.log(e.message) }"
    )
    # It loads; that it is no addon is all there is to complain of.
    assert "did not self-register" in run(ALPINE, "-e", script)


def test_distroless_has_no_shell_and_no_package_manager(
    client: docker.DockerClient, made: dict[str, ReadyBase]
) -> None:
    config = client.images.get(made[DISTROLESS.reference].build_ref).attrs["Config"]
    assert config["Entrypoint"] == ["/nodejs/bin/node"]
    assert config["User"] in ("0", "")
    assert config["WorkingDir"] in ("/", "")
    assert "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" in config["Env"]
    for program in ("/bin/sh", "/bin/bash", "/bin/busybox", "/usr/bin/dpkg"):
        container = client.containers.create(
            made[DISTROLESS.reference].build_ref, entrypoint=program, labels={LABEL_KIND: "container"}
        )
        try:
            with pytest.raises(APIError, match="no such file"):
                container.start()
        finally:
            container.remove(force=True)


def test_distroless_files_are_the_originals(run: Run) -> None:
    script = """
      const fs = require('node:fs'), tls = require('node:tls');
      const owner = (p) => { const s = fs.statSync(p); return [s.uid, s.gid, (s.mode & 0o7777).toString(8)] };
      const bundle = fs.readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8').match(/BEGIN CERT/g).length;
      console.log(JSON.stringify({
        bundle, home: owner('/home/nonroot'), tmp: owner('/tmp'), passwd: fs.readFileSync('/etc/passwd', 'utf8'),
        status: fs.readdirSync('/var/lib/dpkg/status.d'), zone: fs.existsSync('/usr/share/zoneinfo/Europe/Paris'),
        libc6: fs.readFileSync('/var/lib/dpkg/status.d/libc6', 'utf8').split('\\n')[0],
        docs: fs.readdirSync('/usr/share/doc/libc6'), man: fs.existsSync('/usr/share/man'),
        hour: new Date(0).toLocaleString('en', {timeZone: 'Asia/Tokyo', hour: 'numeric'}),
      }))"""
    seen = json.loads(run(DISTROLESS, "-e", script))
    assert seen["bundle"] > 100
    assert (seen["home"], seen["tmp"]) == ([65532, 65532, "700"], [0, 0, "1777"])
    assert re.findall(r"^(\w+):x:(\d+):", seen["passwd"], re.MULTILINE) == [
        ("root", "0"),
        ("nobody", "65534"),
        ("nonroot", "65532"),
    ]
    assert {"base-files", "libc6", "libc6.md5sums", "libssl3t64", "tzdata"} <= set(seen["status"])
    assert seen["libc6"] == "Package: libc6"
    assert (seen["zone"], seen["hour"]) == (True, "9 AM")
    assert (seen["docs"], seen["man"]) == (["copyright"], False)


def test_distroless_nonroot_starts_as_nonroot(run: Run) -> None:
    assert run(NONROOT, "-p", "process.getuid() + process.cwd()").strip() == "65532/home/nonroot"


def test_they_take_the_place_of_the_real_ones_in_an_untouched_dockerfile(
    engine: Engine, made: dict[str, ReadyBase], tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM node:24 AS build\nRUN node -p process.version > /version\n"
        f"FROM {DISTROLESS.reference} AS distroless\nCOPY --from=build /version /version\n"
        "FROM node:24-alpine\nCOPY --from=build /version /version\n"
        'COPY --from=distroless /nodejs/bin/node /other\nRUN test "$(node -p process.version)" = "$(cat /version)"\n'
    )
    command = [*engine.buildx, "build", "--progress=plain", "--output=type=cacheonly", str(tmp_path)]
    command += [
        f"--build-context={made[ref.reference].reference}=docker-image://{made[ref.reference].build_ref}"
        for ref in (DEBIAN, ALPINE, DISTROLESS)
    ]
    done = subprocess.run(command, env={**os.environ, **dict(engine.env)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_two_that_want_the_same_stand_in_make_it_once(
    engine: Engine, client: docker.DockerClient, places: Places
) -> None:
    ref = BaseRef(reference="node:24-alpine-made-twice", recipe="alpine-node", node="24")
    told: list[list[StepEvent]] = [[], []]

    def make(events: list[StepEvent]) -> None:
        bases.prepare(engine, client, [ref], mode="local", platform="", places=places, listener=events.append)

    threads = [threading.Thread(target=make, args=(events,)) for events in told]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        details = [[event.detail for event in events] for events in told]
        assert sum(any("waiting for it" in detail for detail in of_one) for of_one in details) == 1
        assert sum(any("ADD alpine.tar" in detail for detail in of_one) for of_one in details) == 1
        assert [events[-1].state for events in told] == ["done", "done"]
        assert details[0][-1] == details[1][-1]
    finally:
        client.images.remove("imagematrix.local/stand-in/node:24-alpine-made-twice")


def test_a_recipe_that_has_changed_makes_its_stand_in_again_and_the_old_one_goes(
    engine: Engine, client: docker.DockerClient, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = BaseRef(reference="node:24-alpine-remade", recipe="alpine-node", node="24")
    first = prepare(engine, client, places, ref)[0][ref.reference]
    changed = replace(bases.RECIPES["alpine-node"], version=99)
    monkeypatch.setitem(bases.RECIPES, "alpine-node", changed)
    try:
        second, events = prepare(engine, client, places, ref)
        assert second[ref.reference].digest != first.digest
        assert second[ref.reference].build_ref == first.build_ref
        assert any(event.detail.startswith("making a stand-in") for event in events)
        with pytest.raises(ImageNotFound):
            client.images.get(first.digest)
    finally:
        client.images.remove(first.build_ref)


def test_nothing_that_was_laid_out_is_left(places: Places, made: dict[str, ReadyBase]) -> None:
    assert made
    assert list((places.cache / "scratch").iterdir()) == []
