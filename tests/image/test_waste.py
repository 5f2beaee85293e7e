from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from imagematrix.image.files import Entry, FileSystem, Kind, LayerFiles
from imagematrix.image.subject import Subject
from imagematrix.image.waste import waste
from imagematrix.model import EngineImage, How, ImageConfig, Layer, Measurement, Table
from tests import made
from tests.image.exports import Made, file, folder, hard, read, tar

BASE = [
    file("overwritten", 1_000),
    file("deleted", 20_000),
    file("chmodded", 300_000),
    file("folder/inside", 4_000_000),
    file("opaque/inside", 50_000_000),
    file("first-name", 7),
    hard("second-name", "first-name"),
    file("kept", 90),
    file("etc/hosts", 70),
]
ABOVE = [
    file("overwritten", 1_001),
    file(".wh.deleted"),
    file("chmodded", 300_000, mode=0o755),
    file("folder", 5),
    folder("opaque"),
    file("opaque/.wh..wh..opq"),
    file("opaque/new", 6),
    file(".wh.first-name"),
]
KNOWN_WASTE = 1_000 + 20_000 + 300_000 + 4_000_000 + 50_000_000 + 70
VISIBLE = 1_001 + 300_000 + 5 + 6 + 7 + 90


def image(sizes: Sequence[int]) -> EngineImage:
    layers = tuple(
        Layer(diff_id=made.digest(str(n)), bytes=size, created_by=f"RUN step {n + 1}", from_base=False)
        for n, size in enumerate(sizes)
    )
    return EngineImage(
        ref="x",
        config_digest=made.digest("c"),
        unpacked_bytes=sum(sizes),
        engine_bytes=None,
        layers=layers,
        history=(),
        config=ImageConfig(
            user="", entrypoint=(), command=(), env=(), workdir="", healthcheck=(), architecture="amd64"
        ),
    )


def subject(
    *layers: list[Made], files: FileSystem | None = None, missing: str = "", unpacked: int = 0
) -> Subject:
    read_layers: list[LayerFiles] = [read(tar(*layer)) for layer in layers]
    return Subject(
        engine=None,
        image=image([layer.content_bytes for layer in read_layers] or [unpacked]),
        bases=(),
        files=files,
        files_missing=missing,
        base_files=None,
        layers=tuple(read_layers),
        sizes={},
        registry_bytes={},
    )


def by_name(found: tuple[Measurement, ...]) -> dict[str, Measurement]:
    assert [m.name for m in found] == ["visible_bytes", "waste_bytes", "waste_paths", "waste_causes"]
    return {m.name: m for m in found}


def rows(measurement: Measurement) -> tuple[tuple[object, ...], ...]:
    return cast(Table, measurement.value).rows


def test_the_waste_of_an_image_made_for_it_is_what_was_put_in() -> None:
    found = by_name(waste(subject(BASE, ABOVE)))
    assert all(m.how is How.EXACT for m in found.values())
    assert (found["visible_bytes"].value, found["visible_bytes"].unit) == (VISIBLE, "bytes")
    assert (found["waste_bytes"].value, found["waste_bytes"].unit) == (KNOWN_WASTE, "bytes")


def test_its_paths_are_named_the_most_expensive_first() -> None:
    table = by_name(waste(subject(BASE, [], ABOVE)))["waste_paths"]
    assert cast(Table, table.value).columns == (
        "path",
        "bytes",
        "cause",
        "layer",
        "hidden_by_layer",
        "hidden_by",
    )
    step = (1, 3, "RUN step 3")
    assert rows(table) == (
        ("/opaque/inside", 50_000_000, "folder replaced", *step),
        ("/folder/inside", 4_000_000, "folder replaced", *step),
        ("/chmodded", 300_000, "copied at the same size", *step),
        ("/deleted", 20_000, "deleted", *step),
        ("/overwritten", 1_000, "overwritten", *step),
        ("/etc/hosts", 70, "covered by the engine's own", 1, 0, "the engine, in every container"),
    )


def test_the_causes_add_up_to_the_whole() -> None:
    found = by_name(waste(subject(BASE, ABOVE)))
    assert rows(found["waste_causes"]) == (
        ("overwritten", 1, 1_000),
        ("copied at the same size", 1, 300_000),
        ("deleted", 1, 20_000),
        ("folder replaced", 2, 54_000_000),
        ("covered by the engine's own", 1, 70),
    )


def test_of_many_paths_the_table_names_fifty_and_the_causes_count_all() -> None:
    base = [file(f"f{n}", n) for n in range(80)]
    found = by_name(waste(subject(base, [file(f".wh.f{n}") for n in range(80)])))
    assert [row[1] for row in rows(found["waste_paths"])] == list(range(79, 29, -1))
    assert ("deleted", 79, sum(range(80))) in rows(found["waste_causes"])
    assert found["waste_bytes"].value == sum(range(80))


def test_an_image_without_waste_has_none() -> None:
    found = by_name(waste(subject([file("kept", 90)])))
    assert (found["waste_bytes"].value, rows(found["waste_paths"])) == (0, ())


def test_a_path_that_is_no_text_can_be_recorded() -> None:
    found = by_name(waste(subject([file("a\udcff\n", 5)], [file(".wh.a\udcff\n")])))
    assert rows(found["waste_paths"])[0][0] == "/a\\xff\\n"


def walked(*sizes: int) -> FileSystem:
    entries = [Entry(f"/f{n}", Kind.FILE, size, 0o644, 0, str(n), "") for n, size in enumerate(sizes)]
    entries.append(Entry("/again", Kind.FILE, sizes[0], 0o644, 0, "0", ""))
    return FileSystem(entries={e.path: e for e in entries}, texts={}, elves={}, method="a walk")


def test_of_a_quick_walk_the_sums_are_told_and_the_paths_need_the_layers() -> None:
    found = by_name(waste(subject(files=walked(100, 20), unpacked=150)))
    assert (found["visible_bytes"].value, found["waste_bytes"].value) == (120, 30)
    assert "a walk" in found["visible_bytes"].reason
    for name in ("waste_paths", "waste_causes"):
        assert found[name].how is How.UNAVAILABLE
        assert "--deep" in found[name].reason


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (subject(missing="no node inside"), "no node inside"),
        (subject(files=walked(100, 51), unpacked=150), "have 1 bytes more than all layers"),
    ],
)
def test_where_the_files_are_not_known_there_is_no_figure(given: Subject, why: str) -> None:
    found = by_name(waste(given))
    assert all(m.how is How.UNAVAILABLE for m in found.values())
    assert why in found["waste_bytes"].reason
