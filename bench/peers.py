"""The tools that the bench measures against, on the same images: docker save, dive, syft, buildx bake."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.timing import Command, Ran, together
from imagematrix import pipeline
from imagematrix.engine import tools
from imagematrix.model import LABEL_KIND, LABEL_OWNER, Engine, Matrix, ReadyBase

_REQUIREMENTS = Path(__file__).parent / "requirements.txt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """The peers, and what they are run on."""

    docker: str
    dive: str
    syft: str
    buildx: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    matrix: Matrix
    bake_file: Path

    @property
    def images(self) -> list[str]:
        return [pipeline.image_tags(self.matrix, variant)[0] for variant in self.matrix.variants]

    def save(self) -> Ran:
        """All images in one `docker save`, thrown away."""
        return self._command(self.docker, "save", *self.images).run()

    def dive_all(self) -> Ran:
        """`dive --ci`, one image after the other; 1 is a verdict of its rules."""
        return together([self._command(self.dive, "--ci", name, codes=(0, 1)).run() for name in self.images])

    def syft_all(self) -> Ran:
        return together(
            [self._command(self.syft, "-q", f"docker:{name}", "-o", "json").run() for name in self.images]
        )

    def bake_and_ask(self) -> Ran:
        """Build all by `buildx bake`; then start each image, wait for its answer and stop it."""
        bake = self._command(*self.buildx, "bake", "--file", str(self.bake_file)).run()
        begun = time.perf_counter()
        for name in self.images:
            self._ask(name)
        return together([bake, Ran(seconds=time.perf_counter() - begun)])

    def _ask(self, image: str) -> None:
        # With an init, so that an app which ignores SIGTERM does not cost the peers ten seconds.
        limits = ("--init", "--memory=512m", "--pids-limit=256", f"--label={LABEL_KIND}=container")
        port = self.matrix.app.port
        container = self._told("run", "--detach", *limits, f"--publish=127.0.0.1::{port}", image)
        try:
            host, _, published = self._told("port", container, str(port)).partition(":")
            while not _answers(host, int(published)):
                time.sleep(0.02)
            self._told("stop", container)
        finally:
            self._told("rm", "--force", "--volumes", container)

    def _told(self, *words: str) -> str:
        done = subprocess.run(
            [self.docker, *words], env=self.env, check=True, stdout=subprocess.PIPE, text=True, timeout=60
        )
        return done.stdout.strip()

    def _command(self, *words: str, codes: tuple[int, ...] = (0,)) -> Command:
        return Command(words=words, env=self.env, folder=self.folder, codes=codes)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def peers(
    engine: Engine,
    matrix: Matrix,
    bases: Mapping[str, ReadyBase],
    *,
    cache: Path,
    folder: Path,
    build_args: Sequence[tuple[str, str]],
    secrets: Sequence[tuple[str, Path]],
) -> Peers:
    """Install what is to be measured against, and write what it needs into `folder`."""
    programs = _installed(cache)
    docker = shutil.which("docker") or str(tools.ensure(tools.CLIENT, cache, notify=_notify) / tools.DOCKER)
    bake_file = folder / "bake.json"
    bake_file.write_text(json.dumps(_bake(matrix, bases, build_args, secrets), indent=2), encoding="utf-8")
    return Peers(
        docker=docker,
        dive=str(programs / "dive"),
        syft=str(programs / "syft"),
        buildx=engine.buildx,
        env={**os.environ, **dict(engine.env), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        folder=folder,
        matrix=matrix,
        bake_file=bake_file,
    )


def _bake(
    matrix: Matrix,
    bases: Mapping[str, ReadyBase],
    build_args: Sequence[tuple[str, str]],
    secrets: Sequence[tuple[str, Path]],
) -> object:
    """The same builds as ours: arguments, secrets, labels, and the same images in place of the FROM lines."""
    labels = {LABEL_KIND: "variant", LABEL_OWNER: pipeline.owner(matrix)}
    targets = {
        variant.slug: {
            "context": str(matrix.app.context),
            "dockerfile": str(variant.dockerfile),
            "args": dict((*build_args, *variant.build_args)),
            "contexts": {
                ref.reference: f"docker-image://{bases[ref.reference].build_ref}" for ref in variant.bases
            },
            "labels": labels,
            "tags": [pipeline.image_tags(matrix, variant)[0]],
            "secret": [f"id={name},src={path}" for name, path in secrets],
            "output": ["type=docker"],
        }
        for variant in matrix.variants
    }
    return {"group": {"default": {"targets": list(targets)}}, "target": targets}


def _installed(cache: Path) -> Path:
    """The folder with the peers' programs: an environment of its own, made once for these requirements."""
    identity = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    environment = cache / "bench" / identity
    ready = environment / ".ready"
    if not ready.exists():
        _notify("installing dive and syft")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
        pip = [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(_REQUIREMENTS)], check=True)
        ready.touch()
    return environment / "bin"


def _notify(text: str) -> None:
    sys.stderr.write(f"{text}\n")
