"""A real registry on loopback: Debian's docker-registry, fetched and run, not installed."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
)
_CONFIG = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: "{address}"}}
"""


@dataclass(kw_only=True)
class Registry:
    """A registry's process, and its front door."""

    program: Path
    folder: Path
    address: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "config.yml"
        config.write_text(_CONFIG.format(data=self.folder / "data", address=self.address))
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen([self.program, "serve", config], stdout=log, stderr=log)
        for _ in range(200):
            try:
                self.get("")
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def get(self, path: str) -> str:
        """The digest that the registry itself gives out for a manifest."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"http://{self.address}/v2/{path}", headers={"Accept": _MANIFESTS})
        with direct.open(request, timeout=5) as answer:
            return str(answer.headers.get("Docker-Content-Digest", ""))


def remove_named(client: docker.DockerClient, part: str) -> None:
    """Remove every name that has `part` in it, and the images that have no other."""
    for image in client.images.list():
        for name in (*image.tags, *(image.attrs["RepoDigests"] or ())):
            if part in name:
                with suppress(ImageNotFound):  # the last tag takes the digests along
                    client.images.remove(name)
