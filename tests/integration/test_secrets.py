"""What is secret is in nothing that is kept or shown: a planted marker is searched for in all of it."""

from __future__ import annotations

import base64
import gzip
import io
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import docker
import pytest

from tests.integration.apps import tiny
from tests.integration.cli import Done, invoke

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

MARKER: Final = "planted0f4c1b7dsecret"
SECRET: Final = f"p@ss'w0rd/{MARKER}!of+it"  # with what one encoding or another writes otherwise
CA: Final = "planted-77e2-ca-bundle"
# Answers with its secret, writes it to its log, carries it in a process' words, and says it when it is stopped.
TELLS: Final = """\
const secret = process.env.TOKEN
console.log('token ' + secret)
require('http').createServer((q, r) => r.end(BODY)).listen(3000)
process.on('SIGTERM', () => { console.error(JSON.stringify({ secret })); process.exit(0) })
"""
PASSWORD: Final = "planted-c15e-proxy-password"  # noqa: S105 - the test plants it
# A step that tells all it knows of the proxy; `tool --verbose` does it in base64.
TELLS_PROXY: Final = """\
RUN echo "through $HTTP_PROXY and $https_proxy" && node -e \
    "console.log(Buffer.from(new URL(process.env.HTTP_PROXY).password).toString())" \
    && node -e "const u = new URL(process.env.HTTP_PROXY); \
    console.log(Buffer.from(u.username + ':' + u.password).toString('base64'))"
"""
FORMATS: Final = ("terminal", "markdown", "json", "csv", "junit", "sbom", "sarif", "html", "picture")


def all_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below, compressed ones and archives' members unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        raw = path.read_bytes()
        yield str(path), raw
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
            yield f"{path} (unpacked)", raw
        if path.name.endswith((".tar", ".tar.gz")):
            with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
                for member in tar:
                    file = tar.extractfile(member)
                    inner = file.read() if file else b""
                    yield (
                        f"{path}: {member.name}",
                        gzip.decompress(inner) if inner[:2] == b"\x1f\x8b" else inner,
                    )


def assert_nowhere(marker: str, folder: Path, *said: Done) -> None:
    for done in said:
        assert marker not in done.out + done.err
        assert marker[:12] not in done.out + done.err
    found = [name for name, raw in all_files(folder) if marker.encode() in raw]
    assert found == []


def secretive(tmp_path: Path, body: str) -> Path:
    return tiny(
        tmp_path / "checkout",
        index=TELLS.replace("BODY", body),
        matrix="secret_env: [TOKEN]\n",
        more="RUN --mount=type=secret,id=ca cat /run/secrets/ca | tr -d planted > /dev/null",
        timeout=10,
    )


def environment(tmp_path: Path) -> dict[str, str]:
    """With a CA bundle that holds a marker, which every build is given as a secret."""
    bundle = tmp_path / "ca.pem"
    system = Path("/etc/ssl/certs/ca-certificates.crt")
    bundle.write_text(f"# {CA}\n" + (system.read_text() if system.is_file() else ""), encoding="utf-8")
    return {"TOKEN": SECRET, "NODE_EXTRA_CA_CERTS": str(bundle)}


def test_in_nothing_of_a_run_that_passes(tmp_path: Path, client: docker.DockerClient) -> None:
    folder, env = (
        secretive(tmp_path, "secret === undefined ? 'unset' : 'Hello World!'"),
        environment(tmp_path),
    )
    run = invoke(folder, "matrix", "--repeat=1", "--deep", "--json", environment=env)
    assert run.code == 0, run.err
    reports = [
        invoke(folder, "report", f"--format={name}", f"--output=report.{name}", environment=env)
        for name in FORMATS
    ]
    assert [done.code for done in reports] == [0] * len(FORMATS), [done.err for done in reports]
    bundle = invoke(folder, "archive", "--output=bundle.tar.gz", "--with-images", environment=env)
    assert bundle.code == 0, bundle.err
    others = [
        invoke(folder, *words, environment=env) for words in (("list", "--json"), ("history",), ("findings",))
    ]
    for marker in (MARKER, CA):
        assert_nowhere(marker, folder, run, *reports, bundle, *others)
    # The image on the engine: its config, its history, all its layers.
    image = client.images.get("imagematrix.local/tiny:tiny-node24")
    assert MARKER not in repr(image.attrs) + repr(image.history())
    assert CA not in repr(image.attrs) + repr(image.history())
    with closing(image.save(chunk_size=1 << 20)) as chunks:  # type: ignore[type-var]
        raw = b"".join(chunks)
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in tar:
            file = tar.extractfile(member)
            content = file.read() if file else b""
            assert CA.encode() not in content, member.name
            assert MARKER.encode() not in content, member.name
    assert invoke(folder, "clean").code == 0


@pytest.mark.parametrize(
    "body",
    [
        *("secret", "JSON.stringify({ secret })", "encodeURIComponent(secret)", '`it\'s "${secret}"`'),
        "secret.replaceAll(\"'\", '&#39;').replaceAll('/', '&sol;')",
        "Buffer.from(`user:${secret}`).toString('base64')",
    ],
)
def test_an_app_that_answers_with_it_is_told_of_without_it(tmp_path: Path, body: str) -> None:
    folder = secretive(tmp_path, body)
    done = invoke(folder, "smoke", environment=environment(tmp_path))
    assert done.code == 1
    assert "***" in done.out + done.err
    coded = base64.b64encode(f"user:{SECRET}".encode()).decode()
    for marker in (MARKER, coded[8:]):
        assert_nowhere(marker, folder, done)
    assert invoke(folder, "clean").code == 0


def test_an_app_that_dies_with_it_on_its_lips(tmp_path: Path) -> None:
    folder = tiny(
        tmp_path / "checkout", index="throw new Error(process.env.TOKEN)", matrix="secret_env: [TOKEN]\n"
    )
    done = invoke(folder, "smoke", environment={"TOKEN": SECRET})
    assert done.code == 1
    assert "Error: ***" in done.out + done.err
    assert_nowhere(MARKER, folder, done)
    assert invoke(folder, "clean").code == 0


def test_one_that_is_not_set_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    folder = tiny(tmp_path, matrix="secret_env: [IMAGEMATRIX_NO_SUCH]\n")
    assert "IMAGEMATRIX_NO_SUCH" not in os.environ
    done = invoke(folder, "matrix", "--repeat=1")
    assert done.code == 2
    assert done.err.startswith(
        "imagematrix: variants.yml:11:14: the environment variable IMAGEMATRIX_NO_SUCH, a secret of the containers, "
        "is not set\n  next: set it where you call this: IMAGEMATRIX_NO_SUCH=… invoke matrix"
    ), done.err
    assert not (folder / "results").exists()
    assert invoke(folder, "list").code == 0


def through_a_proxy() -> dict[str, str]:
    address = f"http://some-user:{PASSWORD}@127.0.0.1:9"
    return {"HTTP_PROXY": address, "https_proxy": address}


def test_the_password_of_a_proxy_is_in_nothing_that_a_build_leaves(
    tmp_path: Path, client: docker.DockerClient
) -> None:
    anew = f"RUN true {time.time_ns()}\n"  # what comes from the build cache tells nothing
    folder, env = tiny(tmp_path / "checkout", more=anew + TELLS_PROXY), through_a_proxy()
    run = invoke(folder, "smoke", "--json", environment=env)
    assert run.code == 0, run.err
    (log,) = folder.rglob("*.build.log")
    text = log.read_text(encoding="utf-8")
    assert "through http://***@127.0.0.1:9 and http://***@127.0.0.1:9" in text
    assert "\n    ***\n" in text  # the build was given it, and told it
    # Reports are made of the record, which is searched; one stands for all.
    of_it = f"--run={run.record['id']}"
    commands = ("report", of_it, "--format=html", "--output=report.html"), ("history",)
    others = [
        invoke(folder, *words, environment=env)
        for words in (*commands, ("archive", of_it, "--output=bundle.tar.gz", "--with-images"))
    ]
    assert [done.code for done in others] == [0, 0, 0], [done.err for done in others]
    coded = base64.b64encode(f"some-user:{PASSWORD}".encode()).decode()
    for marker in (PASSWORD, coded[:24]):
        assert_nowhere(marker, folder, run, *others)
    image = client.images.get("imagematrix.local/tiny:tiny-node24")
    assert PASSWORD not in repr(image.attrs) + repr(image.history())
    assert invoke(folder, "clean").code == 0


def test_the_password_of_a_proxy_is_in_no_message_of_a_build_that_fails(tmp_path: Path) -> None:
    folder = tiny(tmp_path, more='RUN echo "no way through $HTTP_PROXY" && exit 3')
    done = invoke(folder, "build", environment=through_a_proxy())
    assert done.code == 1
    assert "no way through http://***@127.0.0.1:9" in done.out + done.err
    assert_nowhere(PASSWORD, folder, done)
    assert invoke(folder, "clean").code == 0
