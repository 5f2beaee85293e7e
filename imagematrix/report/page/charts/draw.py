"""Vega and Vega-Lite specifications drawn as SVG that takes its colours from the page.

The renderer is an extra (`charts`); without it there are no charts, and the page shows tables in their place.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from xml.etree import ElementTree

from markupsafe import Markup

Spec: TypeAlias = Mapping[str, object]  # of Vega or Vega-Lite

_SVG: Final = "http://www.w3.org/2000/svg"
# Attributes that say nothing in a picture with a title and a description of its own.
_DROPPED: Final = ("role", "aria-roledescription", "aria-hidden", "aria-label", "pointer-events", "class")
_INK: Final = "var(--ink)"
_FAINT: Final = "var(--faint)"
_LINE: Final = "var(--line)"
_FONT: Final = "var(--font)"
# What every chart has in common.  Colours are the page's variables, so that dark and light both work.
_AXES: Final = {
    "labelColor": _FAINT,
    "titleColor": _FAINT,
    "labelFont": _FONT,
    "titleFont": _FONT,
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "titlePadding": 10,
    "domain": False,
    "ticks": False,
    "gridColor": _LINE,
    "labelPadding": 6,
    "aria": False,
}
_CONFIG: Final = {
    "background": None,
    "view": {"stroke": None},
    "axis": _AXES,
    "text": {"font": _FONT, "fontSize": 12, "fill": _INK},
    "legend": {"disable": True},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """What is to be drawn: `spec` is asked with a width in pixels."""

    name: str  # fit for an id: "origins"
    title: str
    description: str  # what the picture shows, for those who cannot see it
    language: Literal["vega", "vega-lite"]
    spec: Callable[[int], Spec]
    widths: tuple[int, ...]  # wide, and narrow; one alone serves both


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A drawing as SVG; `narrow` is for a phone, and empty where `wide` serves there too."""

    title: str
    wide: Markup
    narrow: Markup


def can_draw() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def draw(drawing: Drawing) -> Chart:
    """Call it only where `can_draw`."""
    shown = [_svg(drawing, width) for width in drawing.widths]
    return Chart(title=drawing.title, wide=shown[0], narrow=shown[1] if len(shown) > 1 else Markup(""))


def _svg(drawing: Drawing, width: int) -> Markup:
    import vl_convert

    spec = drawing.spec(width)
    # No address is allowed: a chart has all its data in it.
    if drawing.language == "vega":
        whole = json.dumps({"config": {**_CONFIG, "axis": _AXES}, "background": None, **spec})
        text = vl_convert.vega_to_svg(whole, allowed_base_urls=[])
    else:
        whole = json.dumps({"config": _CONFIG, **spec})
        text = vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
    return Markup(_in_page(text, drawing, f"{drawing.name}-{width}"))  # noqa: S704 - by the parser, from text


def _in_page(text: str, drawing: Drawing, key: str) -> str:
    """The picture with title and description, marks told by `<title>`; what it does not need is dropped."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(text)  # noqa: S314 - the renderer's own, made of our specification
    for element in root.iter():
        label = element.attrib.get("aria-label", "")
        for name in _DROPPED:
            element.attrib.pop(name, None)
        # Nothing but attributes: the page's policy allows no style that it does not know.
        for name, value in _declared(element.attrib.pop("style", "")):
            element.set(name, value)
        if label:
            ElementTree.SubElement(element, f"{{{_SVG}}}title").text = label
    for parent in list(root.iter()):
        for child in list(parent):
            if _nothing(child):
                parent.remove(child)
    title = ElementTree.Element(f"{{{_SVG}}}title", {"id": f"{key}-title"})
    description = ElementTree.Element(f"{{{_SVG}}}desc", {"id": f"{key}-desc"})
    title.text, description.text = drawing.title, drawing.description
    root.insert(0, title)
    root.insert(1, description)
    for name in ("version", "width", "height"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{key}-title {key}-desc"}
    drawn = ElementTree.tostring(root, encoding="unicode")
    return drawn.replace(f' xmlns="{_SVG}"', "", 1).replace(
        ' xmlns:xlink="http://www.w3.org/1999/xlink"', "", 1
    )


def _declared(style: str) -> list[tuple[str, str]]:
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _nothing(element: ElementTree.Element) -> bool:
    """A path that draws nothing."""
    unseen = element.get("display") == "none" or not {"fill", "stroke"} & set(element.attrib)
    return element.tag.endswith("}path") and unseen
