"""The native addon of examples/native-addon: what its files say, what readelf says, and what happens."""

from __future__ import annotations

import io
import re
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import docker
import pytest

from imagematrix import image as images
from imagematrix.container import Running, running
from imagematrix.image.addons import addon_findings, addon_paths, addons
from imagematrix.image.elf import read_elf
from imagematrix.image.files import Elf, FileSystem
from imagematrix.image.subject import Subject
from imagematrix.image.walk import walk
from imagematrix.model import LABEL_RUN, NAMESPACE, Engine, Severity, Table
from imagematrix.probes import addons as probe
from imagematrix.probes.addons import load_addons
from tests.integration.cli import checkout, invoke, variants

pytestmark = pytest.mark.integration

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "examples" / "native-addon"
IDLE: Final = ("-e", "setInterval(() => {}, 1000)")
LABELS: Final = {LABEL_RUN: "test-of-addons"}


@pytest.fixture(scope="module")
def record(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The variants of one run of the example, by label."""
    assert engine.buildx  # there is an engine, and it builds
    folder = checkout(tmp_path_factory.mktemp("addon"), EXAMPLE, *(path.name for path in EXAMPLE.iterdir()))
    done = invoke(folder, "matrix", "--repeat=1", "--json")
    assert done.code == 1, done.err
    return variants(done.record)


@contextmanager
def idle(client: docker.DockerClient, variant: str) -> Iterator[Running]:
    """A container of a variant in which its app was not started."""
    with running(
        client,
        ref(variant),
        port=3000,
        env={},
        command=IDLE if variant == "distroless" else ("node", *IDLE),
        labels=LABELS,
        entrypoint=(),
        stop=threading.Event(),
    ) as started:
        yield started


def ref(variant: str) -> str:
    return f"{NAMESPACE}/native-addon:{variant}-node24"


def subject(engine: Engine, client: docker.DockerClient, variant: Any, cache: Path) -> Subject:
    digest = variant["image"]["config_digest"]
    image = images.read_image(
        engine,
        client,
        ref(variant["label"]),
        config_digest=digest,
        bases=(),
        cache=cache,
        stop=threading.Event(),
    )
    files = walk(client, image, labels=LABELS, cache=cache, stop=threading.Event())
    assert isinstance(files, FileSystem), files
    return Subject(
        engine=engine,
        image=image,
        bases=(),
        files=files,
        files_missing="",
        base_files=None,
        layers=(),
        sizes={},
        registry_bytes={},
    )


def test_only_the_image_that_mixes_two_c_libraries_breaks(record: dict[str, Any]) -> None:
    assert {label: variant["status"] for label, variant in record.items()} == {
        "vanilla": "passed",
        "distroless": "passed",
        "alpine-article": "failed",
        "alpine-fixed": "passed",
    }
    assert record["alpine-article"]["reason"].startswith("smoke: the container exited with code 1")
    assert "ERR_DLOPEN_FAILED" in record["alpine-article"]["reason"]


@pytest.mark.parametrize(
    ("variant", "path", "libc", "needed"),
    [
        ("vanilla", "/app/node_modules/hello-addon/hello.node", "glibc", "libc.so.6"),
        ("distroless", "/node_modules/hello-addon/hello.node", "glibc", "libc.so.6"),
        ("alpine-article", "/node_modules/hello-addon/hello.node", "glibc", "libc.so.6"),
        ("alpine-fixed", "/node_modules/hello-addon/hello.node", "musl", "libc.so"),
    ],
)
def test_what_the_files_say_is_what_happens(
    engine: Engine,
    client: docker.DockerClient,
    record: dict[str, Any],
    tmp_path: Path,
    variant: str,
    path: str,
    libc: str,
    needed: str,
) -> None:
    read = subject(engine, client, record[variant], tmp_path)
    (told,) = addons(read)
    assert isinstance(told.value, Table)
    (row,) = (dict(zip(told.value.columns, cells, strict=True)) for cells in told.value.rows)
    assert (row["path"], row["package"], row["version"]) == (path, "hello-addon", "1.0.0")
    assert (row["libc"], row["needed"], row["missing"], row["machine_fits"]) == (libc, needed, "", True)
    findings = addon_findings(read, ())

    with idle(client, variant) as started:
        (loaded,) = load_addons(started, addon_paths(read))
    assert isinstance(loaded.value, Table)
    ((tried, loads, error),) = loaded.value.rows
    assert tried == path

    broken = variant == "alpine-article"
    assert loads is not broken
    assert [finding.rule for finding in findings] == (["addon-libc"] if broken else [])
    if broken:
        named = f"{path} of hello-addon 1.0.0 was built for glibc and this image runs on musl"
        assert (findings[0].text, findings[0].severity) == (named, Severity.HIGH)
        assert error == f"Error relocating {path}: __snprintf_chk: symbol not found"
        (after,) = addon_findings(read, (loaded,))
        assert after.text == f"{named}; loading it says: {error}"


def test_elf_files_are_read_as_readelf_reads_them(
    client: docker.DockerClient, record: dict[str, Any]
) -> None:
    assert record["vanilla"]["status"] == "passed"
    with idle(client, "vanilla") as started:
        container: Any = client.containers.get(started.id)
        listing = "find /usr/lib/*-linux-gnu -maxdepth 1 -type f -name '*.so*' | sort | head -80"
        names = ["/app/node_modules/hello-addon/hello.node", "/usr/local/bin/node", "/usr/bin/gcc"]
        names += container.exec_run(["sh", "-c", listing]).output.decode().split()
        told = container.exec_run(
            ["readelf", "-W", "-h", "-d", "-l", "-V", *names], stderr=False
        ).output.decode()
        archived = ["sh", "-c", 'tar -chf /srv/all.tar "$@"', "sh", *names]
        assert container.exec_run(archived).exit_code == 0
        chunks, _ = container.get_archive("/srv/all.tar")
        outer = io.BytesIO(b"".join(chunks))
    expected = {name: by_readelf(part) for name, part in sections(told)}
    assert len(expected) == len(names) > 50
    with tarfile.open(fileobj=outer) as only, tarfile.open(fileobj=only.extractfile("all.tar")) as tar:
        read = {}
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None, member.name
            read[f"/{member.name}"] = as_told(read_elf(content.read()))
    assert read == expected
    assert expected["/usr/local/bin/node"] is not None
    assert all(expected["/usr/local/bin/node"])


# Machine, interpreter, needed libraries, required versions; None: it is not ELF.
Told = tuple[str, str, tuple[str, ...], frozenset[str]] | None


def sections(told: str) -> Iterator[tuple[str, str]]:
    for part in told.split("\nFile: ")[1:]:
        name, _, rest = part.partition("\n")
        yield name, rest


def by_readelf(part: str) -> Told:
    machine = re.search(r"^  Machine: +(.*)$", part, re.MULTILINE)
    if machine is None:
        return None
    return (
        {"Advanced Micro Devices X86-64": "x86_64", "AArch64": "aarch64"}[machine.group(1)],
        "".join(re.findall(r"\[Requesting program interpreter: (.*)\]", part)),
        tuple(re.findall(r"\(NEEDED\) +Shared library: \[(.*)\]", part)),
        frozenset(re.findall(r"^ +0x[0-9a-f]+: +Name: (\S+)", part, re.MULTILINE)),
    )


def as_told(elf: Elf) -> Told:
    if elf.broken is not None:
        return None
    return elf.machine, elf.interpreter, elf.needed, frozenset(elf.versions)


def test_addons_that_misbehave_have_their_say(
    client: docker.DockerClient, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_EACH_SECONDS", 1)
    assert record["vanilla"]["status"] == "passed"
    hello = "/app/node_modules/hello-addon/hello.node"
    begins = "#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n__attribute__((constructor)) "
    bodies = {
        "crash": "abort();",
        "hang": "for (;;) sleep(1);",
        "leave": "_exit(0);",
        "chat": 'puts("+"); fputs("+", stderr);',
    }
    with idle(client, "vanilla") as started:
        for name, body in bodies.items():
            code = f"{begins}static void start(void) {{ {body} }}\n"
            compiled = f"printf '%s' '{code}' | gcc -shared -fPIC -x c - -o '/srv/it's {name}.node'"
            compiled = compiled.replace("it's", "it'\\''s")
            assert started.exec("sh", "-c", compiled).exit_code == 0
        started.exec("sh", "-c", "echo nothing > /srv/text.node")
        paths = [f"/srv/it's {name}.node" for name in bodies]
        (told,) = load_addons(started, [*paths, "/srv/text.node", "/srv/absent.node", hello])
    assert isinstance(told.value, Table)
    assert [loads for _, loads, _ in told.value.rows] == [False] * 6 + [True]
    errors = [str(error) for _, _, error in told.value.rows]
    assert errors[:3] == [
        "the process was ended by SIGABRT",
        "it did not load within 1 s",
        "the process ended with exit code 0",
    ]
    assert errors[3].startswith("Module did not self-register")
    assert errors[4].startswith("/srv/text.node: ")
    assert "Cannot find module '/srv/absent.node'" in errors[5]
    assert errors[6] == ""
