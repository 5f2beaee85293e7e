"""Which line of an image's history made which layer.

History lists every instruction; only some made a layer.  An image's config marks the others
`empty_layer` (OCI image specification, "history"); the engine's own listing leaves that mark out, so it is
told from the instruction there, and only believed when the count comes out right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from imagematrix.model import HistoryLine

# Instructions that only change the config, whatever built the image.
_CONFIG_ONLY: Final = re.compile(
    r"^(?:/bin/sh -c )?(?:#\(nop\)\s*)?"
    r"(CMD|ENTRYPOINT|ENV|EXPOSE|LABEL|USER|ARG|VOLUME|STOPSIGNAL|HEALTHCHECK|SHELL|ONBUILD|MAINTAINER)\b"
)
_WORKDIR_ROOT: Final = re.compile(r"^WORKDIR /$")


def from_engine(entries: Sequence[tuple[str, int]], layers: int) -> list[HistoryLine] | None:
    """Lines from an engine's listing, oldest first; None when they do not come out as `layers` layers.

    `entries` are (created by, bytes), newest first, as the engine lists them.
    """
    lines = [
        HistoryLine(created_by=by, bytes=size, empty=size == 0 and _no_layer(by))
        for by, size in reversed(entries)
    ]
    return lines if sum(not line.empty for line in lines) == layers else None


def _no_layer(created_by: str) -> bool:
    return bool(_CONFIG_ONLY.match(created_by) or _WORKDIR_ROOT.match(created_by))
