"""Networks at fault: registries, package indexes and what stands between, and what a user is told of each."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from imagematrix import engine as engines
from imagematrix.errors import FetchError
from imagematrix.fetch.npm import NpmPin, fetch_npm
from imagematrix.fetch.wheels import WheelPin, fetch_wheel
from imagematrix.model import Engine
from tests.integration.cli import Done, invoke
from tests.integration.faults.registries import (
    MANIFEST,
    Fault,
    Pushed,
    Reply,
    digest_of,
    pushed,
    registry,
)
from tests.integration.registry import remove_named
from tests.soak import FULL

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A registry at fault, and the whole of what is told of an image that lies there; "" where it is had.

    In `says`, AT is its address, IMAGE the reference, DIGEST that of the manifest, LAYER and CONFIG those of
    the blobs, and an ellipsis is anything.
    """

    fault: Fault = lambda _path, _image: None
    says: str = ""
    tls: bool = False


def slow(seconds: float) -> Fault:
    def fault(_path: str, _image: Pushed) -> None:
        time.sleep(seconds)

    return fault


def status(code: int, *, at: str = "/manifests/", **headers: str) -> Fault:
    said = b'{"errors": [{"code": "SAID", "message": "\\u001b[31mso"}]}'
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda path, _: Reply(status=code, headers=named, body=said) if at in path else None


def manifest(change: bytes | None, *, cut: int | None = None) -> Fault:
    """Another manifest under the right digest."""

    def fault(path: str, image: Pushed) -> Reply | None:
        if "/manifests/" not in path:
            return None
        headers = {"Content-Type": MANIFEST, "Docker-Content-Digest": digest_of(image.manifest)}
        return Reply(body=image.manifest if change is None else change, headers=headers, cut=cut)

    return fault


def blob(of: str, change: Reply) -> Fault:
    """Another answer for the image's config, or its layer; without a body of its own, with the right one."""

    def fault(path: str, image: Pushed) -> Reply | None:
        raw = image.config if of == "config" else image.layer
        if not path.endswith(f"/blobs/{digest_of(raw)}"):
            return None
        body = raw if change.status == 200 else b""
        flipped = body[:-1] + bytes([body[-1] ^ 1]) if change.cut is None and body else body
        return Reply(status=change.status, headers=change.headers, body=flipped, cut=change.cut)

    return fault


def elsewhere(path: str, _image: Pushed) -> Reply | None:
    """Blobs lie at another address, as registries in a cloud have them."""
    if "/blobs/" not in path:
        return None
    return Reply(status=307, headers={"Location": path.replace("/v2/", "/store/").replace("/blobs/", "/")})


def unanswered(why: str) -> str:
    what = f"base: IMAGE cannot be had: AT does not answer ({why})"
    recipes = "…debian-node…"
    return (
        f"{what}, and the matrix names no stand-in recipe for it\n"
        f"  next: see that the engine reaches the registry, or name a recipe: {recipes}"
    )


def refused(why: str) -> str:
    return (
        f"base: AT: the registry does not give IMAGE: {why}\n"
        "  next: correct the reference, or log in with `docker login`"
    )


def broken(why: str) -> str:
    return f"base: AT: IMAGE could not be pulled: {why}\n  next: see that `docker pull NAME@DIGEST` works"


SAID: Final = r'{"errors": [{"code": "SAID", "message": "\u001b[31mso"}]}'  # what is hostile in it is escaped
CASES: Final = {
    "good": Case(),
    "slow": Case(fault=slow(0.5)),
    "redirects-blobs": Case(fault=elsewhere),
    "silent": Case(fault=slow(12), says=unanswered("no answer in time")),
    "cuts-off": Case(fault=manifest(None, cut=0), says=unanswered("unexpected EOF")),
    "cuts-manifest": Case(fault=manifest(None, cut=20), says=unanswered("unexpected EOF")),
    "says-401": Case(fault=status(401, at="/v2/"), says=refused(f"unauthorized: {SAID}")),
    "token-refused": Case(
        fault=status(401, at="/v2/", WWW_Authenticate='Bearer realm="http://127.0.0.1:9/t"'),
        says=unanswered('Get "http://127.0.0.1:9/t?…": dial tcp 127.0.0.1:9: connect: connection refused'),
    ),
    "says-403": Case(fault=status(403), says=refused(f"denied: {SAID}")),
    "says-404": Case(fault=status(404), says=unanswered(f"unknown: {SAID}")),
    "says-429": Case(fault=status(429), says=unanswered(f"toomanyrequests: {SAID}")),
    "says-500": Case(
        fault=status(500),
        says=unanswered("received unexpected HTTP status: 500 Internal Server Error"),
    ),
    "says-503": Case(
        fault=status(503), says=unanswered("received unexpected HTTP status: 503 Service Unavailable")
    ),
    "portal": Case(  # of a hotel, that answers everything with its own page
        fault=lambda _path, _image: Reply(body=b"<html>log in", headers={"Content-Type": "text/html"}),
        says=unanswered("error unmarshalling content: invalid character '<' looking for beginning of value"),
    ),
    "redirects-for-ever": Case(
        fault=lambda path, _image: Reply(status=307, headers={"Location": path}),
        says=unanswered("stopped after 10 redirects"),
    ),
    "torn-manifest": Case(
        fault=manifest(b'{"schemaVersion": 2'), says=unanswered("unexpected end of JSON input")
    ),
    "wrong-manifest": Case(
        fault=manifest(b'{"schemaVersion": 2, "mediaType": "%s"}' % MANIFEST.encode()),
        says=broken("manifest verification failed for digest DIGEST"),
    ),
    "wrong-config": Case(
        fault=blob("config", Reply()),
        says=broken("error pulling image configuration: image config verification failed for digest CONFIG"),
    ),
    "wrong-layer": Case(
        fault=blob("layer", Reply()),
        says=broken("filesystem layer verification failed for digest LAYER"),
    ),
    "no-config": Case(
        fault=blob("config", Reply(status=404)),
        says=broken("error pulling image configuration: download failed after attempts=1: unknown blob"),
    ),
    "no-layer": Case(fault=blob("layer", Reply(status=404)), says=broken("unknown blob")),
    "cuts-config": Case(
        fault=blob("config", Reply(cut=9)),
        says=broken("error pulling image configuration: download failed after attempts=6: unexpected EOF"),
    ),
    "unknown-ca": Case(
        tls=True,
        says=unanswered("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    ),
}
# The engine tries again for 50 s, and waits for 120 s where nothing comes.
PATIENT: Final = {
    "cuts-layer": Case(fault=blob("layer", Reply(cut=9)), says=broken("unexpected EOF")),
    "layer-500": Case(
        fault=blob("layer", Reply(status=500)),
        says=broken("received unexpected HTTP status: 500 Internal Server Error"),
    ),
}
TRIED: Final = {**CASES, **(PATIENT if FULL else {})}
# References at which there is nobody at all.
NOBODY: Final = {
    "127.0.0.1:9": "dial tcp 127.0.0.1:9: connect: connection refused",
    "no-such-host.invalid": "dial tcp: lookup no-such-host.invalid…",
}

MATRIX: Final = "schema_version: 1\napp: { name: networks, context: app, port: 3000 }\nvariants:\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    done: Done
    images: dict[str, Pushed]
    addresses: dict[str, str]

    def variant(self, name: str) -> Any:
        return next(each for each in self.done.record["variants"] if each["label"] == name)

    def says(self, name: str, text: str) -> str:
        """The words of a case, filled in, as a pattern."""
        at, image = self.addresses[name], self.images[name]
        filled = {
            "IMAGE": f"{at}/{name}:1",
            "NAME": f"{at}/{name}",
            "AT": at,
            "DIGEST": digest_of(image.manifest),
            "CONFIG": digest_of(image.config),
            "LAYER": digest_of(image.layer),
        }
        text = re.sub("|".join(filled), lambda match: filled[match[0]], text)
        return re.escape(text).replace("…", ".*")


@pytest.fixture(scope="module")
def bridge(engine: Engine) -> str:
    """An address of this machine that is not on loopback, where engines take any certificate."""
    with closing(engines.connect(engine)) as client:
        return str(client.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"])


@pytest.fixture(scope="module")
def untrusted(bridge: str, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody on this machine has signed, as a proxy hands it out whose CA is not known."""
    folder = tmp_path_factory.mktemp("certificate")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=untrusted"
    command = ["openssl", *words.split(), "-addext", f"subjectAltName=IP:127.0.0.1,IP:{bridge}"]
    subprocess.run(
        [*command, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.fixture(scope="module")
def told(
    engine: Engine, bridge: str, untrusted: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Told]:
    """One matrix with a variant for each of them, built once, and the registries behind it."""
    folder = tmp_path_factory.mktemp("networks")
    with closing(engines.connect(engine)) as client, ExitStack() as running:
        images = {name: pushed(client.version()["Arch"], name) for name in TRIED}
        addresses = {
            name: running.enter_context(
                registry(
                    case.fault,
                    images[name],
                    host=bridge if case.tls else "127.0.0.1",
                    tls=untrusted if case.tls else None,
                )
            )
            for name, case in TRIED.items()
        }
        bases = {name: f"{at}/{name}:1" for name, at in addresses.items()}
        bases |= {f"nobody-{number}": f"{at}/image:1" for number, at in enumerate(NOBODY)}
        (folder / "app").mkdir()
        (folder / "app" / "file").write_text("")
        rows = []
        for name, base in bases.items():
            (folder / name).write_text(f"FROM {base}\nCOPY file /\n", encoding="utf-8")
            rows.append(f"  {name}: {{ dockerfile: {name} }}\n")
        (folder / "variants.yml").write_text(MATRIX + "".join(rows), encoding="utf-8")
        (folder / "tasks.py").write_text("from imagematrix.tasks import ns\n\n__all__ = ['ns']\n")
        try:
            yield Told(done=invoke(folder, "build", "--json"), images=images, addresses=addresses)
        finally:
            assert invoke(folder, "clean").code == 0
            for name, case in TRIED.items():
                if not case.says:
                    remove_named(client, addresses[name])


@pytest.mark.parametrize("name", TRIED)
def test_a_registry_at_fault_is_told_what_it_does(told: Told, name: str) -> None:
    variant = told.variant(name)
    assert re.fullmatch(told.says(name, TRIED[name].says), variant["reason"]), variant["reason"]
    assert variant["status"] == ("failed" if TRIED[name].says else "passed")


@pytest.mark.parametrize("at", NOBODY)
def test_nobody_at_an_address_is_told(told: Told, at: str) -> None:
    variant = told.variant(f"nobody-{list(NOBODY).index(at)}")
    says = unanswered(NOBODY[at]).replace("IMAGE", f"{at}/image:1").replace("AT", at)
    assert re.fullmatch(re.escape(says).replace("…", ".*"), variant["reason"]), variant["reason"]


def test_the_command_ends_in_order(told: Told) -> None:
    assert told.done.code == 1
    assert "Traceback" not in told.done.err
    assert told.variant("good")["bases"][0]["digest"] == digest_of(told.images["good"].manifest)


WHEEL: Final = WheelPin(file="pinned-1.0-py3-none-any.whl", sha256="0" * 64, bytes=1)
PACKAGE: Final = NpmPin(name="pinned", version="1.0.0", sha256="0" * 64, bytes=1)
NO_VERSION: Final = (
    "Could not find a version that satisfies the requirement pinned==1.0 (from versions: none)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """An index at fault, and the cause that pip and npm must be quoted with."""

    pip: str
    npm: str
    fault: Fault = lambda _path, _image: None
    tls: bool = False
    at: str = ""  # where nobody is


INDEXES: Final = {
    "500": Index(
        fault=lambda _path, _image: Reply(status=500),
        pip="…500…",
        npm="500 Internal Server Error - GET URL",
    ),
    "403": Index(
        fault=lambda _path, _image: Reply(status=403),
        pip="403 Client Error: Forbidden…",
        npm="…403 Forbidden…",
    ),
    "silent": Index(fault=slow(4), pip="…Read timed out…", npm="timeout at: URL"),
    "unknown CA": Index(
        tls=True,
        pip="There was a problem confirming the ssl certificate: …certificate verify failed…",
        npm="…request to URL failed, reason: self-signed certificate",
    ),
    "refuses": Index(
        at="https://127.0.0.1:9", pip="…Connection refused…", npm="…connect ECONNREFUSED 127.0.0.1:9"
    ),
    "no such host": Index(
        at="https://no-such-host.invalid",
        pip="…NameResolutionError…|…Name or service not known…|…Temporary failure in name resolution…",
        npm="…getaddrinfo …no-such-host.invalid",
    ),
}


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("program", ["pip", "npm"])
def test_an_index_at_fault_is_told_what_it_does(
    program: str, name: str, untrusted: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = INDEXES[name]
    # Once and not for long: how often and how long they try is theirs, and the user's to say.
    for variable, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "0",
        "PIP_TIMEOUT": "2",
        "npm_config_fetch_retries": "0",
        "npm_config_fetch_timeout": "2000",
        "npm_config_cache": str(tmp_path / "npm"),
    }.items():
        monkeypatch.setenv(variable, value)
    for variable in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    with ExitStack() as running:
        address = index.at
        if not address:
            tls = untrusted if index.tls else None
            at = running.enter_context(registry(index.fault, pushed("amd64", "index"), tls=tls))
            address = f"{'https' if tls else 'http'}://{at}"
        monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple/")
        monkeypatch.setenv("npm_config_registry", f"{address}/")
        fetch = partial(fetch_wheel, WHEEL) if program == "pip" else partial(fetch_npm, PACKAGE)
        with pytest.raises(FetchError) as caught:
            fetch(cache=tmp_path)
    file, url = (
        (WHEEL.file, f"{address}/simple/pinned/") if program == "pip" else (PACKAGE.file, f"{address}/pinned")
    )
    before = f"{file} could not be fetched: " + (f"{NO_VERSION}; {url}: " if program == "pip" else "")
    causes = (index.pip if program == "pip" else index.npm).replace("URL", url)
    pattern = "|".join(re.escape(cause).replace("…", ".*") for cause in causes.split("|"))
    assert re.fullmatch(f"{re.escape(before)}(?:{pattern})", caught.value.what), caught.value.what
    assert program in caught.value.next_step
    assert [path for path in tmp_path.rglob("*.tmp") if "npm/_" not in str(path)] == []
