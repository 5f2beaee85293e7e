from __future__ import annotations

import pytest

from imagematrix.model import EngineImage, HistoryLine, ImageConfig, Layer
from imagematrix.report.console import ENDLESS, Look
from imagematrix.report.history import history_table
from tests import made

CONFIG = ImageConfig(
    user="", entrypoint=(), command=(), env=(), workdir="", healthcheck=(), architecture="amd64"
)


def image(created_by: str) -> EngineImage:
    return EngineImage(
        config_digest=made.digest("c"),
        unpacked_bytes=62_000_000,
        engine_bytes=62_000_000,
        layers=(
            Layer(diff_id=made.digest("1"), bytes=60_000_000, created_by="ADD rootfs.tar /", from_base=True),
            Layer(diff_id=made.digest("2"), bytes=2_000_000, created_by=created_by, from_base=False),
        ),
        ref="x",
        history=(
            HistoryLine(created_by="ADD rootfs.tar /", bytes=60_000_000, empty=False, from_base=True),
            HistoryLine(created_by="CMD node", bytes=0, empty=True, from_base=True),
            HistoryLine(created_by=created_by, bytes=2_000_000, empty=False),
        ),
        config=CONFIG,
    )


def test_it_is_newest_first_and_tells_base_from_own() -> None:
    lines = history_table("alpine", image("COPY /app /"), look=Look(width=100, color=False)).splitlines()
    rows = [" ".join(line.split()) for line in lines if line.split()[:1] in (["own"], ["base"])]
    assert rows == ["own 2.00 MB COPY /app /", "base - CMD node", "base 60.0 MB ADD rootfs.tar /"]
    assert "62.0 MB in 2 layers, of these 2.00 MB in 1 added to the base image" in lines


@pytest.mark.parametrize("width", [80, ENDLESS])
def test_what_an_image_says_does_nothing_to_a_terminal(width: int) -> None:
    shown = history_table("a", image("RUN \x1b[2J\x07 \u202e x"), look=Look(width=width, color=False))
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert r"RUN \x1b[2J\x07 \u202e x" in shown
