"""The deep way: the layers of several images, each of them read once and remembered by its diff ID."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import docker

from imagematrix.errors import StepError
from imagematrix.image import documents
from imagematrix.image.export import LARGEST, Export, Reading, read_export
from imagematrix.image.files import LayerFiles
from imagematrix.image.sampling import Compressing, ExactSampler, Sampler, is_loose
from imagematrix.image.source import archive_blobs, engine_blobs, most_unpacked, usable
from imagematrix.image.store import LayerStore
from imagematrix.image.tar import FormatError
from imagematrix.model import EngineImage, HistoryLine, How, Step

# An engine packs an export on one processor, and is idle while the last of it is read here.
_EXPORTS_AT_ONCE: Final = 2
_NAMED: Final = 5  # layers, in a message
_MOST_FILES: Final = (
    16_000_000  # that the images of an archive may have, counted in each; a minute or two of work
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """Layers by diff ID, and which of them had to be read."""

    files: Mapping[str, LayerFiles]
    read: tuple[str, ...]  # diff IDs, in the order that they came; all others were kept from before
    why: str = ""  # why these had to be read

    @property
    def told(self) -> str:
        """What was read and why, for a person."""
        kept = f"{len(self.files) - len(self.read)} known from before"
        if not self.read:
            return f"none read, {kept}"
        return f"{len(self.read)} read, {self.why} ({_named(self.read)}); {kept}"

    def of(self, image: EngineImage) -> tuple[LayerFiles, ...]:
        """An image's layers, bottom first."""
        return tuple(self.files[layer.diff_id] for layer in image.layers)

    def sized(self, image: EngineImage) -> EngineImage:
        """The image with the bytes that its layers turned out to have."""
        sizes = [layer.content_bytes for layer in self.of(image)]
        makers = iter(sizes)
        return replace(
            image,
            unpacked_bytes=sum(sizes),
            bytes_how=How.EXACT,
            layers=tuple(replace(layer, bytes=size) for layer, size in zip(image.layers, sizes, strict=True)),
            history=tuple(
                line if line.empty else replace(line, bytes=next(makers)) for line in image.history
            ),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What an engine's export says of one image where its metadata does not do."""

    config_digest: str
    history: tuple[HistoryLine, ...]  # oldest first; `bytes` of a line that made a layer is that layer's
    layer_bytes: tuple[tuple[str, int], ...]  # (diff ID, bytes), bottom first


def read_layers(
    connect: Callable[[], docker.DockerClient],
    images: Mapping[str, Sequence[str]],
    *,
    cache: Path,
    compressing: Callable[[int], Compressing],
    exact_sizes: bool,
    on_progress: Callable[[str], None],
    stop: threading.Event,
) -> Layers:
    """The layers of all these images (by ref: their diff IDs), out of exports of those that have new ones.

    A ref is best an image's id: a tag may move between the asking for its diff IDs and the export.
    Images that share a new layer are exported together, so that it comes once; `connect` makes a client for
    each export, and `on_progress` is called from their threads.  `cache` is the folder that keeps layers;
    `compressing` makes what tells a layer's compressed size, and with `exact_sizes` a kept estimate of it
    does not do.  Nothing is asked of the engine where all is kept.

    Raises StepError where the engine's export cannot be understood, MachineError where the cache cannot be
    written, Interrupted, and what the engine's client raises.
    """
    store = LayerStore(folder=cache)
    held = {diff: None for diffs in images.values() for diff in diffs}
    kept = {diff: layer for diff in held if (layer := store.load(diff, exact_sizes=exact_sizes)) is not None}
    missing = set(held) - set(kept)
    if not missing:
        return Layers(files=kept, read=())
    how = Reading(
        store=store,
        compressing=compressing,
        exact_sizes=exact_sizes,
        trusted=True,
        most_bytes=LARGEST,
        wanted=missing,
        on_layer=lambda layer: on_progress(_told(layer)),
    )
    groups = _together(images, missing)
    names = ", ".join(ref for group in groups for ref in group)
    why = "not compressed whole before" if exact_sizes else "not read before"
    on_progress(
        f"reading {_layers(len(missing))} {why} ({_named([each for each in held if each in missing])}), "
        f"{len(kept)} known; the engine packs {names}"
    )

    def read(refs: list[str]) -> Export:
        with closing(connect()) as client:
            needed = {diff for ref in refs for diff in images[ref]} & missing
            return _export(client, refs, how, needed, stop)

    with ThreadPoolExecutor(max_workers=_EXPORTS_AT_ONCE) as executor:
        try:
            exports = list(executor.map(read, groups))
        except (KeyboardInterrupt, SystemExit):
            stop.set()  # or this would wait for the exports to come to their ends
            raise
    files = dict(kept)
    for export in exports:
        files.update(export.layers)
    if _loose(files):
        on_progress(f"compressing {_layers(len(_loose(files)))} whole, of which a sample tells too little")
        # They do not count as kept, and are all that is read.
        again = read_layers(
            connect,
            images,
            cache=cache,
            compressing=ExactSampler,
            exact_sizes=False,
            on_progress=on_progress,
            stop=stop,
        )
        files.update(again.files)
    return Layers(files=files, read=tuple(diff for export in exports for diff in export.read), why=why)


def _loose(files: Mapping[str, LayerFiles]) -> set[str]:
    """Diff IDs of the layers whose compressed size is estimated too loosely."""
    return {diff_id for diff_id, layer in files.items() if is_loose(layer.compressed)}


def _export(
    client: docker.DockerClient,
    refs: Sequence[str],
    how: Reading,
    needed: Collection[str],
    stop: threading.Event,
) -> Export:
    """One export of an engine.  Raises StepError where it cannot be understood or lacks a needed layer."""
    try:
        with closing(engine_blobs(client, refs, stop)) as blobs:
            export = read_export(blobs, how)
        _check_whole(needed, export)
    except FormatError as error:
        raise StepError(Step.MEASURE, f"the engine's export of {', '.join(refs)}: {error}") from error
    return export


def read_exported(
    client: docker.DockerClient, ref: str, diff_ids: Sequence[str], *, cache: Path, stop: threading.Event
) -> Exported:
    """History and layer bytes of the image of these layers, out of its export; the layers are kept.

    Raises what `read_layers` raises.
    """
    how = Reading(
        store=LayerStore(folder=cache),
        compressing=Sampler,
        exact_sizes=False,
        trusted=True,
        most_bytes=LARGEST,
        wanted=None,
        on_layer=lambda _: None,
    )
    export = _export(client, [ref], how, (), stop)
    try:
        told = documents.images(export.documents)
        image = next((each for each in told if each.diff_ids == tuple(diff_ids)), None)
        if image is None:
            raise FormatError("the image of these layers is not in it")
        _check_whole(diff_ids, export)
    except FormatError as error:
        raise StepError(Step.MEASURE, f"the engine's export of {ref}: {error}") from error
    sizes = {diff: layer.content_bytes for diff, layer in export.layers.items()}
    return Exported(
        config_digest=image.config_digest,
        history=image.history(sizes),
        layer_bytes=tuple((diff, sizes[diff]) for diff in diff_ids),
    )


def read_archive(
    path: Path,
    *,
    cache: Path,
    compressing: Callable[[int], Compressing],
    exact_sizes: bool,
    on_progress: Callable[[str], None],
    stop: threading.Event,
) -> tuple[tuple[EngineImage, ...], Layers]:
    """The images of an archive (`docker save` of any age, OCI layout; a file or a folder), and their layers.

    An image's `ref` is the name that the archive gives it, or the file's own, and where several would be called
    the same, what tells them apart; no engine is asked anything.
    Otherwise as `read_layers`.  Raises InputError where the archive cannot be understood.
    """
    how = Reading(
        store=LayerStore(folder=cache),
        compressing=compressing,
        exact_sizes=exact_sizes,
        trusted=False,
        most_bytes=most_unpacked(path),
        wanted=None,
        on_layer=lambda layer: on_progress(_told(layer)),
    )
    with usable(path):
        with closing(archive_blobs(path, stop)) as blobs:
            export = read_export(blobs, how)
        if loose := _loose(export.layers):
            whole = replace(how, compressing=ExactSampler, wanted=loose)
            with closing(archive_blobs(path, stop)) as blobs:
                export.layers.update(read_export(blobs, whole).layers)
        told = documents.images(export.documents)
        _check_whole({diff for each in told for diff in each.diff_ids}, export)
        files = sum(len(export.layers[diff].entries) for each in told for diff in each.diff_ids)
        if files > _MOST_FILES:
            raise FormatError(f"its images have {files} files together, and {_MOST_FILES} is the limit")
    sizes = {diff: layer.content_bytes for diff, layer in export.layers.items()}
    refs = documents.refs(told, otherwise=path.absolute().name)
    images = tuple(each.image(ref, sizes) for ref, each in zip(refs, told, strict=True))
    return images, Layers(files=export.layers, read=tuple(export.read))


def _together(images: Mapping[str, Sequence[str]], missing: set[str]) -> list[list[str]]:
    """As few of the images as hold all that is missing; those that share some of it in one group."""
    left = set(missing)
    groups: list[tuple[list[str], set[str]]] = []
    while left:
        ref = max(images, key=lambda ref: len(left.intersection(images[ref])))
        new = missing.intersection(images[ref])
        left -= new
        apart = [group for group in groups if not group[1] & new]
        sharing = [group for group in groups if group[1] & new]
        refs = [each for group in sharing for each in group[0]] + [ref]
        groups = [*apart, (refs, new.union(*(diffs for _, diffs in sharing)))]
    return [refs for refs, _ in groups]


def _check_whole(needed: Iterable[str], export: Export) -> None:
    lacking = set(needed) - set(export.layers)
    if lacking:
        raise FormatError(
            f"it lacks {_layers(len(lacking))}, or has other bytes in the place: {min(lacking)}"
        )


def _layers(count: int) -> str:
    return f"{count} layer{'' if count == 1 else 's'}"


def _told(layer: LayerFiles) -> str:
    return f"read layer {_short(layer.diff_id)}: {len(layer.entries)} entries"


def _named(diff_ids: Sequence[str]) -> str:
    more = len(diff_ids) - _NAMED
    return ", ".join(map(_short, diff_ids[:_NAMED])) + (f" and {more} more" if more > 0 else "")


def _short(diff_id: str) -> str:
    """As `docker images` shortens a digest."""
    return diff_id.removeprefix("sha256:")[:12]
