"""The style sheet's colours, held against WCAG 2.2: contrast (1.4.3) of text, and (1.4.11) of lines and dots."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from imagematrix.report.page.charts.hues import ORDER, hue

CSS = resources.files("imagematrix.report.page").joinpath("page.css").read_text(encoding="utf-8")
COLOURS = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", CSS)}
ON_PAPER = ("ink", "faint", "strong", "good", "bad", "fair")


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # a well-known near miss


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "back"),
    [(text, back) for text in ON_PAPER for back in ("paper", "raised")]
    + [(tone, f"{tone}-back") for tone in ("good", "bad", "fair")]
    + [("ink", "fair-back"), ("ink", "track")]
    + [("ink", hue(group)) for group in ORDER],
)
def test_text_can_be_read(text: str, back: str, scheme: int) -> None:
    assert contrast(COLOURS[text][scheme], COLOURS[back][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["strong", "faint", "vermilion-strong"])
def test_marks_can_be_seen(mark: str, scheme: int) -> None:
    assert contrast(COLOURS[mark][scheme], COLOURS["paper"][scheme]) >= 3


def test_every_colour_that_is_used_is_named() -> None:
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS)) - {"font", "mono"}
    assert used <= set(COLOURS)
    assert {hue(group) for group in ORDER} <= set(COLOURS)
