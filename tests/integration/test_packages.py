"""What is inside the article's images, held against syft, dpkg, apk, npm and find."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from imagematrix.image.inside import inside
from imagematrix.image.origin import origin
from imagematrix.image.packages import packages
from imagematrix.image.subject import Subject
from imagematrix.model import Engine, Measurement, Places, Table
from tests.integration.cli import docker as docker_words
from tests.integration.images import LABELS, article, no_image_left, subject

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", autouse=True)
def _no_image_left(engine: Engine) -> Iterator[None]:
    with no_image_left(engine):
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walks")


@pytest.fixture
def image(
    request: pytest.FixtureRequest, engine: Engine, client: docker.DockerClient, places: Places, cache: Path
) -> Subject:
    """The variant that the test is parametrized with, walked; once a session."""
    read, on = article(engine, client, str(request.param), places, cache)
    return subject(engine, client, read, on, cache)


def named(measurements: tuple[Measurement, ...]) -> dict[str, Any]:
    return {
        m.name: m.value.rows if isinstance(m.value, Table) else m.value for m in measurements if m.measured
    }


def said(client: docker.DockerClient, image: Subject, *command: str) -> list[str]:
    """What a command inside says, line by line."""
    program, *words = command
    output = client.containers.run(
        image.image.ref, words, entrypoint=program, remove=True, labels=LABELS, user="0", network_mode="none"
    )
    return output.decode().splitlines()


def syft(engine: Engine, ref: str, kind: str, tmp_path: Path) -> list[tuple[str, str]]:
    """Packages of one kind that syft finds in the image as the engine saves it."""
    subprocess.run(docker_words(engine, "save", "--output", str(tmp_path / "image.tar"), ref), check=True)
    words = [str(Path(sys.executable).parent / "syft"), "scan", "--quiet", "--output=json"]
    words += ["--from=docker-archive", f"--override-default-catalogers={kind}-db-cataloger"]
    done = subprocess.run(
        [*words, str(tmp_path / "image.tar")],
        env={"HOME": str(tmp_path), "SYFT_CHECK_FOR_APP_UPDATE": "false"},
        capture_output=True,
        check=True,
    )
    return sorted((found["name"], found["version"]) for found in json.loads(done.stdout)["artifacts"])


@pytest.mark.parametrize(("image", "kind"), [("distroless", "dpkg"), ("alpine", "apk")], indirect=["image"])
def test_packages_are_those_that_syft_finds(image: Subject, kind: str, tmp_path: Path) -> None:
    assert image.engine is not None
    found = named(packages(image))[f"packages_{kind}"]
    assert list(found) == syft(image.engine, image.image.ref, kind, tmp_path)
    assert len(found) > 10


@pytest.mark.parametrize("image", ["vanilla"], indirect=True)
def test_vanilla_is_what_its_own_dpkg_npm_and_find_say(image: Subject, client: docker.DockerClient) -> None:
    told = named((*packages(image), *inside(image)))
    dpkg = said(client, image, "dpkg-query", "--show", "--showformat=${Package} ${Version}\\n")
    assert [f"{name} {version}" for name, version in told["packages_dpkg"]] == sorted(dpkg)
    listed = json.loads("".join(said(client, image, "npm", "query", "*", "--prefix=/app")))
    npm = sorted((p["name"], p["version"]) for p in listed if p["location"])
    assert sorted((n, v) for n, v, path in told["packages_npm"] if path.startswith("/app/")) == npm
    setuid = said(client, image, "find", "/", "-xdev", "-type", "f", "-perm", "/6000")
    assert list(told["setuid_files"]) == sorted(setuid)
    executables = said(
        client, image, "find", "/", "-xdev", "-type", "f", "-perm", "/111", "!", "-path", "/.dockerenv"
    )
    engines_own = [
        path for path in executables if path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
    ]
    assert told["executables"] == len(executables) - len(engines_own)
    assert told["dev_dependencies"] == ()
    programs = (*told["package_managers"], *told["build_tools"], *told["shells_on_disk"])
    assert len(programs) > 10
    script = 'for path in "$@"; do test -x "$path" || echo "$path"; done'
    assert said(client, image, "sh", "-c", script, "sh", *programs) == []


@pytest.mark.parametrize("image", ["alpine"], indirect=True)
def test_alpine_is_what_its_own_apk_says(image: Subject, client: docker.DockerClient) -> None:
    told = named((*packages(image), *inside(image)))
    assert [f"{name}-{version}" for name, version in told["packages_apk"]] == sorted(
        said(client, image, "apk", "--no-network", "info", "-v")
    )
    assert told["shells_on_disk"] == ("/bin/ash", "/bin/busybox", "/bin/sh")
    assert told["os"].startswith("Alpine Linux v3.")
    assert "/sbin/apk" in told["package_managers"]


@pytest.mark.parametrize("image", ["distroless"], indirect=True)
def test_distroless_holds_no_program_but_node(image: Subject) -> None:
    told = named(inside(image))
    assert (
        told["shells_on_disk"]
        == told["package_managers"]
        == told["build_tools"]
        == told["setuid_files"]
        == ()
    )
    assert told["node_end_of_life"] == "2028-04-30"


@pytest.mark.parametrize("image", ["vanilla", "multi-stage", "distroless", "alpine"], indirect=True)
def test_the_origins_add_up_to_the_layers(image: Subject) -> None:
    told = named(origin(image))
    sizes = {row[0]: row[1] for row in told["bytes_by_origin"]}
    assert sum(sizes.values()) == image.image.unpacked_bytes
    assert sizes["node"] == told["largest_files"][0][1] > 80_000_000
    own = sum(layer.bytes for layer in image.image.layers if not layer.from_base)
    # What the Dockerfile added is seen, or hides what it replaces; nothing else is the app's.
    assert told["app_bytes"] + told["node_modules_bytes"] + sizes.get("caches", 0) <= own
    assert told["app_bytes"] > 25_000  # index.js, package.json and the lock
    modules = sum(row[2] for row in told["node_modules_packages"])
    assert modules == told["node_modules_bytes"] > 2_000_000
    if image.image.layers[-1].created_by.startswith("COPY"):  # the whole app in one layer, and nothing else
        assert told["app_bytes"] + told["node_modules_bytes"] == own
