"""The address that the user's environment names: DOCKER_HOST, then the docker context.

The context store is read here rather than through the SDK, which takes a context that is not there for
the default one and looks for the store in the working folder where there is no config.json.
Its layout: https://github.com/docker/cli/blob/master/cli/context/store/doc.go
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.errors import EngineError

DEFAULT_HOST: Final = "npipe:////./pipe/docker_engine" if os.name == "nt" else "unix:///var/run/docker.sock"
_TLS_FILES: Final = ("ca.pem", "cert.pem", "key.pem")


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """An address, and how the docker client reaches it."""

    host: str  # "unix:///…", "tcp://…", "ssh://…"
    named_by: str  # for people: "DOCKER_HOST", "the docker context 'x'", "the default socket"
    cert_path: str = ""  # folder with ca.pem, cert.pem and key.pem; "" without TLS
    tls_verify: bool = False

    @property
    def env(self) -> tuple[tuple[str, str], ...]:
        """What makes docker, buildx and the SDK talk to this address, whatever else is set around them."""
        return (
            ("DOCKER_HOST", self.host),
            ("DOCKER_TLS", "1" if self.cert_path and not self.tls_verify else ""),
            ("DOCKER_TLS_VERIFY", "1" if self.tls_verify else ""),
            ("DOCKER_CERT_PATH", self.cert_path),
        )


def config_folder(environ: Mapping[str, str]) -> Path:
    """The docker client's folder: contexts, plugins, registry credentials."""
    return Path(environ.get("DOCKER_CONFIG") or _home() / ".docker")


def _home() -> Path:
    """The user's; the root folder where there is no HOME and no such user (`docker run --user 54321`)."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def client_settings(environ: Mapping[str, str]) -> dict[str, object]:
    """The docker client's config.json; empty where there is none.  Raises EngineError if it is broken."""
    path = config_folder(environ) / "config.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EngineError(
            f"the docker client's settings cannot be read: {error}",
            where=str(path),
            next_step="mend the file, or name the engine by DOCKER_HOST and another folder by DOCKER_CONFIG",
        ) from error
    return settings if isinstance(settings, dict) else {}


def chosen(environ: Mapping[str, str]) -> Endpoint | None:
    """The address that the user chose; None where nothing was chosen and the default socket is meant."""
    host = environ.get("DOCKER_HOST")
    if host:
        verify = bool(environ.get("DOCKER_TLS_VERIFY"))
        certificates = environ.get("DOCKER_CERT_PATH", "")
        if verify and not certificates:
            certificates = str(config_folder(environ))
        return Endpoint(host=host, named_by="DOCKER_HOST", cert_path=certificates, tls_verify=verify)
    name = environ.get("DOCKER_CONTEXT") or client_settings(environ).get("currentContext") or "default"
    return None if name == "default" else _context(str(name), config_folder(environ) / "contexts")


def _context(name: str, store: Path) -> Endpoint:
    identity = hashlib.sha256(name.encode()).hexdigest()
    meta = store / "meta" / identity / "meta.json"
    try:
        docker = json.loads(meta.read_text(encoding="utf-8"))["Endpoints"]["docker"]
        host, skip_verify = str(docker["Host"]), bool(docker.get("SkipTLSVerify", False))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"the docker context {name!r} is chosen, but it names no engine",
            where=str(meta),
            next_step="choose one of `docker context ls`: by `docker context use NAME`, or by DOCKER_CONTEXT",
        ) from error
    certificates = store / "tls" / identity / "docker"
    tls = any((certificates / file).is_file() for file in _TLS_FILES)
    return Endpoint(
        host=host,
        named_by=f"the docker context {name!r}",
        cert_path=str(certificates) if tls else "",
        tls_verify=tls and not skip_verify,
    )
