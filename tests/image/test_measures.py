from __future__ import annotations

from typing import Literal

import pytest

from imagematrix.image.measures import measures
from imagematrix.model import Engine, How
from tests.image.made_files import by_name, image

Store = Literal["overlay2", "containerd", "other"]


def engine(store: Store) -> Engine:
    return Engine(
        host="", name="docker", version="26.1", image_store=store, embedded=False, buildx=(), env=()
    )


@pytest.mark.parametrize(
    ("store", "counts"),
    [("overlay2", "symbolic links too"), ("containerd", "compressed blobs"), ("other", "not known")],
)
def test_what_an_engine_counts_is_told_for_its_image_store(store: Store, counts: str) -> None:
    told = by_name(measures(engine(store), image(("ADD it", 7)), ()))["engine_bytes"]
    assert told.how is How.EXACT
    assert told.reason.startswith("as the engine reports it; ")
    assert counts in told.reason


def test_an_archive_has_no_engine() -> None:
    assert by_name(measures(None, image(("ADD it", 7)), ()))["engine_bytes"].how is How.NOT_APPLICABLE
