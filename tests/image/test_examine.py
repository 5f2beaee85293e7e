from __future__ import annotations

import threading
from pathlib import Path

import docker

from imagematrix.image.deep import Layers
from imagematrix.image.examine import examine, of_layers, subject
from imagematrix.image.subject import Subject
from imagematrix.model import Engine, How, Measurement, Table
from tests.image.made_files import by_name, image

EMPTY = image()
WASTE = ("waste_paths", "waste_causes", "waste_by_layer", "bytes_by_layer", "download_by_layer")


def on_engine(tmp_path: Path) -> Subject:
    """Of an image on an engine that would not answer: nothing need be asked."""
    return subject(
        Engine(
            host="unix:///nowhere",
            name="docker",
            version="26.1",
            image_store="overlay2",
            embedded=False,
            buildx=(),
            env=(),
        ),
        docker.DockerClient(base_url="unix:///nowhere", version="1.42"),
        EMPTY,
        (),
        layers=None,
        labels={},
        cache=tmp_path,
        stop=threading.Event(),
    )


def test_an_image_without_layers_holds_nothing_and_that_is_known_exactly(tmp_path: Path) -> None:
    for each in (on_engine(tmp_path), of_layers(None, EMPTY, Layers(files={}, read=()))):
        found = by_name(examine(each))
        for name in ("visible_bytes", "waste_bytes", "download_bytes"):
            assert (found[name].value, found[name].how) == (0, How.EXACT)
        assert all(found[name].how is How.EXACT for name in WASTE)
        assert sum(size(found[name]) for name in WASTE) == 0
        assert {found[name].how for name in ("node_end_of_life", "os", "addons")} == {How.NOT_APPLICABLE}
        assert not [m for m in found.values() if m.how is How.UNAVAILABLE]


def size(measurement: Measurement) -> int:
    table = measurement.value
    assert isinstance(table, Table)
    return sum(int(row[table.columns.index("bytes")]) for row in table.rows)
