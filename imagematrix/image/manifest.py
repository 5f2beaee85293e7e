"""What a registry's manifest says of an image's layers: how many bytes each is to download.

buildx asks the registry, with the user's own credentials, mirrors and proxies; over plain HTTP where it is on
loopback.  A manifest is known by its digest, so what came is checked against what was asked for, and a copy
on disk never goes stale (OCI image specification, "image index" and "image manifest").
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from imagematrix import whole
from imagematrix.model import BaseSource, Engine, ReadyBase

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_TIMEOUT_SECONDS: Final = 20.0
_LARGEST_BYTES: Final = 4 << 20  # of a manifest: what registries must accept (OCI distribution specification)


def registry_bytes(engine: Engine, base: ReadyBase, *, architecture: str, cache: Path) -> Mapping[str, int]:
    """Bytes to download of each of a base image's layers, by diff ID.

    {} where no registry says: the base is a stand-in, the registry does not answer now and did not before,
    or its manifest does not fit the image's layers.  `architecture` is the image's ("amd64"); `cache` is a
    folder that keeps manifests by digest.
    """
    if base.source is not BaseSource.REGISTRY:
        return {}
    repository = base.build_ref.partition("@")[0]
    manifest = _fetch(engine, repository, base.digest, cache)
    if "manifests" in manifest:  # an index: one manifest a platform
        digests = list(_of_platform(manifest["manifests"], architecture))
        if len(digests) != 1:
            return {}  # none, or several that only the CPU's variant tells apart
        manifest = _fetch(engine, repository, digests[0], cache)
    sizes = list(_sizes(manifest.get("layers")))
    # A manifest lists its layers in the order of the config's diff IDs.
    return dict(zip(base.diff_ids, sizes, strict=True)) if len(sizes) == len(base.diff_ids) else {}


def _of_platform(manifests: object, architecture: str) -> list[str]:
    found = []
    for told in manifests if isinstance(manifests, list) else ():
        platform = told.get("platform") if isinstance(told, dict) else None
        if isinstance(platform, dict) and platform.get("os") == "linux":
            found += [str(told.get("digest"))] if platform.get("architecture") == architecture else []
    return found


def _sizes(layers: object) -> list[int]:
    told = layers if isinstance(layers, list) else []
    sizes = [layer.get("size") if isinstance(layer, dict) else None for layer in told]
    return [size for size in sizes if type(size) is int and size >= 0]


def _fetch(engine: Engine, repository: str, digest: str, cache: Path) -> dict[str, object]:
    """A manifest or an index; {} where there is none to be had."""
    if not _DIGEST.fullmatch(digest):
        return {}
    hexadecimal = digest.removeprefix("sha256:")
    kept = cache / f"{hexadecimal}.json"
    try:
        raw = kept.read_bytes()
    except OSError:
        raw = b""
    if not _is(raw, hexadecimal):  # not kept yet, or torn
        raw = _ask(engine, f"{repository}@{digest}")
        if not _is(raw, hexadecimal):
            return {}
        with suppress(OSError):  # as far as the disk allows: next time it is asked for again either way
            whole.write(kept, raw)
    try:
        manifest = json.loads(raw)
    except ValueError:
        return {}
    return cast(dict[str, object], manifest) if isinstance(manifest, dict) else {}


def _is(raw: bytes, hexadecimal: str) -> bool:
    return hashlib.sha256(raw).hexdigest() == hexadecimal


def _ask(engine: Engine, reference: str) -> bytes:
    """The registry's own bytes; b"" where it has none for us, does not answer, or sends too much."""
    command = [*engine.buildx, "imagetools", "inspect", "--raw", reference]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **dict(engine.env)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 and len(done.stdout) <= _LARGEST_BYTES else b""
