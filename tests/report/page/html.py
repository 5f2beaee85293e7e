"""The page, read by an HTML parser that is not the one that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

# Elements without an end tag (HTML standard 13.1.2), and those of SVG that may close themselves.
_VOID: Final = frozenset({"meta", "link", "input", "br", "img", "hr"})


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""  # its own and that of all below it
    children: list[Element] = field(default_factory=list)

    def all(self, name: str = "", **wanted: str) -> list[Element]:
        """Elements below it, in document order; `class_="chip"` is one class of theirs."""
        found = []
        for child in self.children:
            fits = not name or child.name == name
            for key, value in wanted.items():
                fits = fits and value in child.attributes.get(key.rstrip("_"), "").split()
            found += [child] if fits else []
            found += child.all(name, **wanted)
        return found

    def one(self, name: str = "", **wanted: str) -> Element:
        (found,) = self.all(name, **wanted)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute twice in {tag}"
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read(text: str) -> Element:
    """The whole document; an end tag that closes another element than the last is an error."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def words(element: Element) -> str:
    return " ".join(element.text.split())
