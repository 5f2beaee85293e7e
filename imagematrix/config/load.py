"""YAML text -> `Document`: plain values, and for each the place it stands at in the file.

YAML 1.1 lets a file say less, or more, than its author sees.  What misleads is refused, with its line
and column: duplicate keys (the last would win), anchors, aliases and merge keys (a few lines can unfold
to gigabytes), tags, keys that are not strings (`on` is True), numbers that are none (`.nan`), nesting,
lengths and sizes beyond what a person writes.
"""

from __future__ import annotations

import codecs
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

import yaml

from imagematrix.config.schema import EXPLAINED
from imagematrix.config.wording import quoted
from imagematrix.errors import InputError

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_ENTRIES: Final = 1000  # of one list or mapping; a matrix has no more rows
_LONGEST_NUMBER: Final = 64  # characters; to read one takes time by the square of its length
_LARGEST_NUMBER: Final = 1 << 63

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

# Quoted texts can smuggle these in by escapes; no path, environment or request can hold them.
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_FIX: Final = f"correct that place in the file; {EXPLAINED}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A parsed file.  A path into it is made of keys and indexes: ("variants", "alpine", "bases", 0)."""

    name: str  # what the user calls the file; every place starts with it
    root: yaml.Node
    value: Plain

    def place(self, *path: str | int) -> str:
        """Where the value at `path` starts: "variants.yml:12:5".  The nearest parent's, if there is none."""
        return f"{self.name}:{_position(self._walk(path)[1].start_mark)}"

    def key_place(self, *path: str | int) -> str:
        """Where the key of the value at `path` stands; of a list's item, the item itself."""
        return f"{self.name}:{_position(self._walk(path)[0].start_mark)}"

    def source(self, *path: str | int) -> str:
        """A scalar as it is written, before YAML made 22.1 of 22.10; "" for a list or a mapping."""
        node = self._walk(path)[1]
        return node.value if isinstance(node, yaml.ScalarNode) else ""

    def has(self, *path: str | int) -> bool:
        """Whether the file itself has something at `path`."""
        value = self.value
        for part in path:
            if not (isinstance(value, dict) and part in value):
                return False
            value = value[str(part)]
        return True

    def line(self, *path: str | int) -> int:
        """The line, from 1, that the value at `path` starts on."""
        return int(self._walk(path)[1].start_mark.line) + 1

    def _walk(self, path: tuple[str | int, ...]) -> tuple[yaml.Node, yaml.Node]:
        key, value = self.root, self.root
        for part in path:
            if isinstance(value, yaml.MappingNode):
                pairs = {k.value: (k, v) for k, v in value.value}
                if part not in pairs:
                    break
                key, value = pairs[part]
            elif isinstance(value, yaml.SequenceNode) and isinstance(part, int):
                key = value = value.value[part]
        return key, value


def read(path: Path) -> Document:
    """Read and parse a matrix file.  Raises `InputError` if it is missing or not plain YAML."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(
            f"there is no {path.name} here",
            where=str(path.parent.absolute()),
            next_step="name the matrix file with --file PATH; `imagematrix init` writes one for a Node app",
        ) from None
    except OSError as error:
        raise InputError(
            f"the matrix file cannot be read: {error.strerror}",
            where=str(path),
            next_step="name a readable matrix file with --file PATH",
        ) from error
    if len(raw) > MAX_BYTES:
        raise InputError(
            f"the file is larger than {MAX_BYTES // 1024} KiB, so it is hardly a matrix file",
            where=str(path),
            next_step="name the matrix file with --file PATH",
        )
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        raise InputError(
            "the file is not UTF-8 text from here on",
            where=f"{path}:{_line_and_column(before)}",
            next_step="save it as UTF-8",
        ) from None
    return parse(text, name=str(path))


def parse(text: str, *, name: str) -> Document:
    """Parse the text of one YAML document.  `name` starts the place in every error."""
    try:
        loader = _StrictLoader(text)
        root = loader.composed()
        if root is None:
            raise InputError(
                "the file is empty", where=name, next_step="`imagematrix init` writes one for a Node app"
            )
        return Document(name=name, root=root, value=loader.plain(root))
    except _RefusedError as refused:
        raise InputError(
            refused.what, where=f"{name}:{_position(refused.mark)}", next_step=refused.next_step
        ) from None
    except yaml.reader.ReaderError as error:
        where = f"{name}:{_line_and_column(text[: error.position])}"
        raise InputError(
            "a control character that YAML does not allow", where=where, next_step="delete it"
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _broken(error, name) from None


class _RefusedError(Exception):
    """Valid YAML that a matrix file may not use."""

    def __init__(self, what: str, mark: yaml.Mark, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.mark = mark
        self.next_step = next_step


class _StrictLoader(yaml.SafeLoader):
    depth = 0

    def composed(self) -> yaml.Node | None:
        """The document's node; the library lets errors of Python's out where a text stands for nothing."""
        try:
            return self.get_single_node()
        except (ValueError, OverflowError):  # "\U00110000" is no character, %YAML 1.9…9 no version
            raise _RefusedError(
                "a number or an escape that stands for nothing", self.get_mark(), _FIX
            ) from None

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = cast("yaml.Event", self.peek_event())  # type: ignore[no-untyped-call]
        mark = cast("yaml.Mark", event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _RefusedError("anchors (&) and aliases (*) are not used here", mark, "write the value out")
        if getattr(event, "tag", None) is not None:
            raise _RefusedError(
                "tags (!) are not used here", mark, "leave the tag out; quote a text that starts so"
            )
        if self.depth == MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels", mark, _FIX)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def plain(self, node: yaml.Node) -> Plain:
        """The node as plain values.  Whatever is no number, truth value or null is the text as written."""
        if isinstance(node, yaml.CollectionNode) and len(node.value) > MAX_ENTRIES:
            what = f"more than {MAX_ENTRIES} entries in one list or mapping"
            raise _RefusedError(what, node.start_mark, _FIX)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item) for item in node.value]
        return self._scalar(cast("yaml.ScalarNode", node))

    def _scalar(self, node: yaml.ScalarNode) -> bool | int | float | str | None:
        if _NO_TEXT.search(node.value):
            raise _RefusedError("a NUL or half a surrogate pair in a text", node.start_mark, "delete it")
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return bool(self.construct_yaml_bool(node))
            case "int" | "float" as kind:
                return self._number(node, kind)
        return str(node.value)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Plain]:
        mapping: dict[str, Plain] = {}
        for key, value in node.value:
            if key.value == "<<":
                raise _RefusedError("merge keys (<<) are not used here", key.start_mark, "write the keys out")
            if not isinstance(key, yaml.ScalarNode) or not isinstance(self.plain(key), str):
                name = f"the key {key.value[:40]}" if isinstance(key, yaml.ScalarNode) else "this key"
                raise _RefusedError(f"{name} is not read as text", key.start_mark, "put the key in quotes")
            if key.value in mapping:
                raise _RefusedError(
                    f"the key {quoted(key.value)} is here twice",
                    key.start_mark,
                    "delete or rename one of the two",
                )
            mapping[key.value] = self.plain(value)
        return mapping

    def _number(self, node: yaml.ScalarNode, kind: str) -> int | float:
        number: int | float = math.nan
        if len(node.value) <= _LONGEST_NUMBER:
            # "0x_" passes for a number until it is read as one.
            with suppress(ValueError):
                number = (
                    int(self.construct_yaml_int(node)) if kind == "int" else self.construct_yaml_float(node)
                )
        if not (math.isfinite(number) and abs(number) < _LARGEST_NUMBER):
            raise _RefusedError(
                f"{node.value[:40]} is no usable number", node.start_mark, "write a plain number, or quote it"
            )
        return number


def _broken(error: yaml.MarkedYAMLError, name: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    where = f"{name}:{_position(mark)}" if mark else name
    problem = error.problem or "the text is not valid YAML"
    if "single document" in (error.context or ""):
        what, next_step = "a second YAML document starts here", "keep one matrix in one file"
    elif "'\\t'" in problem:
        what, next_step = "this line is indented by a tab", "indent by spaces: YAML allows no tabs there"
    else:
        what, next_step = f"this is not valid YAML: {problem}", _FIX
    return InputError(what, where=where, next_step=next_step)


def _position(mark: yaml.Mark) -> str:
    return f"{mark.line + 1}:{mark.column + 1}"


def _line_and_column(before: str) -> str:
    """The place just after the text `before`."""
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
