from __future__ import annotations

from imagematrix.image.files import Entry, Kind
from imagematrix.image.merge import merge
from imagematrix.image.waste import waste
from imagematrix.image.waste_by import waste_by_layer
from imagematrix.model import How
from tests.image.made_files import by_name, file, image, layer, rows, subject

GONE = Entry("/c", Kind.WHITEOUT, 0, 0, 0, "", "")
LAYERS = (
    layer(file("/a", 100), file("/b", 50), file("/c", 7), *(file(f"/many/{n}", 1) for n in range(60))),
    layer(file("/a", 100, mode=0o600), *(file(f"/many/{n}", 1, mode=0o600) for n in range(60))),
    layer(file("/b", 10), GONE, file("/a", 100, mode=0o644)),
)
SUBJECT = subject(
    merge(LAYERS), of=image(("ADD x", 217), ("RUN chmod\x1b", 160), ("RUN rm", 110)), layers=LAYERS
)


def test_each_instruction_has_what_it_hid_layer_by_layer_with_nothing_cut_off() -> None:
    (told,) = waste_by_layer(SUBJECT)
    assert rows(told) == (
        (1, 2, "RUN chmod\\x1b", "copied at the same size", 61, 160),
        (2, 3, "RUN rm", "copied at the same size", 1, 100),
        (1, 3, "RUN rm", "overwritten", 1, 50),
        (1, 3, "RUN rm", "deleted", 1, 7),
    )


def test_its_bytes_are_all_of_the_waste() -> None:
    (told,) = waste_by_layer(SUBJECT)
    whole = by_name(waste(SUBJECT))["waste_bytes"].value
    assert sum(row[-1] for row in rows(told) if isinstance(row[-1], int)) == whole == 317


def test_without_layers_it_is_not_known() -> None:
    (told,) = waste_by_layer(subject(merge(LAYERS)))
    assert told.how is How.UNAVAILABLE
