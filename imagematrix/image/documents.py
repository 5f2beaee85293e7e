"""What the JSON documents of an export say of the images in it.

`manifest.json` is Docker's own list (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset
Format"); an OCI layout has `index.json`, which leads to a manifest and that to a config (OCI image
specification, image-layout.md).  All of it may be hostile: FormatError says what is amiss.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

from imagematrix.image.names import visible
from imagematrix.image.tar import FormatError
from imagematrix.model import EngineImage, HistoryLine, ImageConfig, Layer

LISTS: Final = ("manifest.json", "index.json")  # one of them is in every archive of images
NO_LIST: Final = f"it has neither {' nor '.join(LISTS)}: no image archive"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_IMAGES: Final = 500  # of one archive
_MOST_LAYERS: Final = 500  # of one image; engines stop at some 125
_LONGEST_WORD: Final = (
    128 << 10
)  # characters; no argument or variable can be longer (execve(2), MAX_ARG_STRLEN)
_NAMES: Final = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_Json: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedImage:
    """One image of an export, by its config."""

    name: str  # "node:24"; "" where the export tells none
    config_digest: str
    diff_ids: tuple[str, ...]  # bottom layer first
    lines: tuple[
        tuple[str, bool], ...
    ]  # of its history, oldest first: created by, and whether it made no layer
    config: ImageConfig
    platform: str  # "linux/arm64/v8"

    def history(self, layer_bytes: Mapping[str, int]) -> tuple[HistoryLine, ...]:
        """Its history with each line's bytes, given each layer's by diff ID.

        Where the history does not tell as many layers as there are, one line a layer, which says nothing.
        """
        lines = self.lines
        if sum(not empty for _, empty in lines) != len(self.diff_ids):
            lines = (("", False),) * len(self.diff_ids)
        left = iter(self.diff_ids)
        return tuple(
            HistoryLine(created_by=by, bytes=0 if empty else layer_bytes[next(left)], empty=empty)
            for by, empty in lines
        )

    def image(self, ref: str, layer_bytes: Mapping[str, int]) -> EngineImage:
        """The same, as an engine would tell of it; nothing is known of a base image."""
        history = self.history(layer_bytes)
        makers = (line for line in history if not line.empty)
        layers = tuple(
            Layer(diff_id=diff, bytes=line.bytes, created_by=line.created_by, from_base=False)
            for diff, line in zip(self.diff_ids, makers, strict=True)
        )
        return EngineImage(
            ref=ref,
            config_digest=self.config_digest,
            unpacked_bytes=sum(layer.bytes for layer in layers),
            engine_bytes=None,
            layers=layers,
            history=history,
            config=self.config,
        )


def images(documents: Mapping[str, bytes]) -> tuple[ExportedImage, ...]:
    """The images that an export's documents (by file name) tell of; those whose config is not there left out.

    Raises FormatError where there is none at all, or a document is damaged.
    """
    listed = list(_docker(documents) if "manifest.json" in documents else _oci(documents))
    found = dict.fromkeys((name, at) for name, at in listed if at in documents)
    if not found:
        lacking = f": it lacks {_called(listed[0][1])}, which describes it" if listed else ""
        raise FormatError(f"there is no image in it{lacking}")
    if len(found) > _MOST_IMAGES:
        raise FormatError(f"it has {len(found)} images, and {_MOST_IMAGES} is the limit")
    known = {}
    for at in {at: None for _, at in found}:
        with _reading(at):
            known[at] = _image(documents[at])
    return tuple(replace(known[at], name=name) for name, at in found)


def refs(told: Sequence[ExportedImage], *, otherwise: str) -> list[str]:
    """What to call each: its name, or what is given for one that has none.

    Where several would be called the same, their platform too; where that is one, the beginning of their digests.
    """
    names = [each.name or otherwise for each in told]
    named = Counter(names)
    on = Counter(zip(names, (each.platform for each in told), strict=True))
    found = []
    for name, each in zip(names, told, strict=True):
        alone = on[name, each.platform] == 1 and each.platform
        tells = each.platform if alone else each.config_digest.removeprefix("sha256:")[:12]
        found.append(f"{name} ({tells})" if named[name] > 1 else name)
    return found


def _docker(documents: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    with _reading("manifest.json"):
        for told in map(_object, _list(_parse(documents["manifest.json"]))):
            tags = _list(told.get("RepoTags") or [])
            if "Config" not in told:
                raise FormatError("it names no Config of an image")
            yield (_word(tags[0]) if tags else ""), _word(told["Config"])


def _oci(documents: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    if "index.json" not in documents:
        raise FormatError(NO_LIST)
    left = deque([("", "index.json")])
    seen: set[str] = set()
    while left:
        name, at = left.popleft()
        if at in seen or at not in documents:
            continue  # read before, or of a platform that was not exported
        seen.add(at)
        with _reading(at):
            told = _object(_parse(documents[at]))
            for each in map(_object, _list(told.get("manifests") or [])):
                if _object(each.get("platform") or {}).get("os") == "unknown":
                    continue  # an attestation of a build: no image, though it has a config
                notes = _object(each.get("annotations") or {})
                own = next((_word(notes[key]) for key in _NAMES if key in notes), name)
                left.append((own, _blob(each)))
            if "config" in told:
                yield name, _blob(told["config"])


def _image(text: bytes) -> ExportedImage:
    told = _object(_parse(text))
    rootfs, run = _object(told.get("rootfs") or {}), _object(told.get("config") or {})
    history = [_object(line) for line in _list(told.get("history") or [])]
    return ExportedImage(
        name="",
        config_digest=f"sha256:{hashlib.sha256(text).hexdigest()}",
        diff_ids=_diff_ids(rootfs.get("diff_ids")),
        lines=tuple((_word(line.get("created_by", "")), bool(line.get("empty_layer"))) for line in history),
        config=ImageConfig(
            user=_word(run.get("User") or ""),
            entrypoint=_words(run.get("Entrypoint")),
            command=_words(run.get("Cmd")),
            env=_words(run.get("Env")),
            workdir=_word(run.get("WorkingDir") or ""),
            healthcheck=_words(_object(run.get("Healthcheck") or {}).get("Test")),
            architecture=_word(told.get("architecture") or ""),
        ),
        platform="/".join(_word(told[key]) for key in ("os", "architecture", "variant") if told.get(key)),
    )


def _blob(descriptor: object) -> str:
    """The file that a descriptor's digest names."""
    return "blobs/" + _word(_object(descriptor).get("digest")).replace(":", "/", 1)


@contextmanager
def _reading(at: str) -> Iterator[None]:
    """Names the document that is damaged."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{_called(at)} in it is damaged: {error}") from error


def _called(at: str) -> str:
    return f"'{visible(at[:100])}'"


def _parse(text: bytes) -> object:
    try:
        return cast(object, json.loads(text))
    except json.JSONDecodeError as error:
        raise FormatError(f"no JSON from line {error.lineno}, column {error.colno} on") from error
    except (ValueError, RecursionError) as error:  # no text, or nested or of numbers without end
        raise FormatError("no JSON that can be read") from error


def _object(told: object) -> _Json:
    if not isinstance(told, dict):
        raise FormatError(f"it has {_shown(told)} in the place of an object")
    return cast(_Json, told)


def _list(told: object) -> list[object]:
    if not isinstance(told, list):
        raise FormatError(f"it has {_shown(told)} in the place of a list")
    return told


def _words(told: object) -> tuple[str, ...]:
    return tuple(_word(word) for word in _list(told or []))


def _word(told: object) -> str:
    """Text of a document; half a surrogate pair, which no text may hold, is written out."""
    if isinstance(told, dict | list):
        raise FormatError(f"it has {_shown(told)} in the place of a text")
    text = str(told)
    if len(text) > _LONGEST_WORD:
        raise FormatError(f"it has a text of {len(text)} characters")
    return text.encode("utf-8", "backslashreplace").decode()


def _shown(told: object) -> str:
    """What stands in the wrong place; of what may be nested without end only what it is."""
    if isinstance(told, dict):
        return "an object"
    return "a list" if isinstance(told, list) else json.dumps(told)[:60]


def _diff_ids(told: object) -> tuple[str, ...]:
    found = _words(told)
    if len(found) > _MOST_LAYERS:
        raise FormatError(f"it has {len(found)} layers, and {_MOST_LAYERS} is the limit")
    if not all(_DIGEST.fullmatch(diff) for diff in found):
        raise FormatError("it names a layer by something other than a digest")
    return found
