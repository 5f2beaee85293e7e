"""The files of each image, kept once: `files/<config digest>.json.gz` beside the runs."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from pathlib import Path
from typing import Final

from imagematrix import whole
from imagematrix.model import ListedFile, Listing

FOLDER: Final = "files"
SUFFIX: Final = ".json.gz"
LIMIT_BYTES: Final = 256 << 20  # unpacked; a million files of an image take some 100 MB
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")


def path_of(results: Path, config_digest: str) -> Path | None:
    """Where the files of this image are kept; None where the digest is none."""
    match = _DIGEST.fullmatch(config_digest)
    return results / FOLDER / f"{match[1]}{SUFFIX}" if match else None


def listed(results: Path, config_digest: str) -> bool:
    """Whether the files of this image are kept."""
    path = path_of(results, config_digest)
    return path is not None and path.is_file()


def listing(results: Path, config_digest: str) -> Listing | None:
    """The files of this image; None where they are not kept, or cannot be read."""
    path = path_of(results, config_digest)
    if path is None:
        return None
    try:
        with gzip.open(path) as file:
            raw = file.read(LIMIT_BYTES + 1)
        return parse(raw)
    except (OSError, EOFError, zlib.error, ValueError):
        return None


def keep(results: Path, listing: Listing) -> None:
    """Keep the files of an image, unless they are kept already.  Raises OSError."""
    path = path_of(results, listing.config_digest)
    if path is not None and not path.is_file():
        whole.write(path, pack(listing), mode=0o644, beside=results)


def pack(listing: Listing) -> bytes:
    """The listing as it is kept: the same bytes for the same files, whoever writes them and when."""
    head = json.dumps(listing.config_digest)
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=6, mtime=0) as file:
        file.write(f'{{"config_digest": {head},\n"files": [\n'.encode())
        for number, each in enumerate(listing.files):
            file.write(b",\n" if number else b"")
            file.write(json.dumps(each, ensure_ascii=False).encode())
        file.write(b"\n]}\n")
    return out.getvalue()


def parse(raw: bytes) -> Listing:
    """A listing, unpacked.  Raises ValueError where it is none."""
    if len(raw) > LIMIT_BYTES:
        raise ValueError(f"more than {LIMIT_BYTES} bytes")
    try:
        told = json.loads(raw)
        origins: dict[str, str] = {}  # few texts, each of them thousands of times
        files = tuple(
            ListedFile(str(path), int(size), origins.setdefault(origin, origin))
            for path, size, origin in told["files"]
        )
        return Listing(config_digest=str(told["config_digest"]), files=files)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a list of files") from error
