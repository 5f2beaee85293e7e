from __future__ import annotations

import pytest

from imagematrix.model import ListedFile, Listing
from imagematrix.report.page.charts.draw import draw
from imagematrix.report.page.charts.treemap import boxes, drawing
from tests.made import digest
from tests.report.page.charts.shapes import area, by_title
from tests.report.page.made_report import listing


def listed(*files: tuple[str, int, str]) -> Listing:
    return Listing(config_digest=digest("c"), files=tuple(sorted(ListedFile(*file) for file in files)))


@pytest.mark.parametrize("most", [5, 60, 200])
def test_every_byte_and_file_is_in_one_box(most: int) -> None:
    found = boxes(listing(), most)
    assert sum(box.bytes for box in found) == sum(file.bytes for file in listing().files)
    assert sum(box.files for box in found) == len(listing().files)
    assert len({box.path for box in found}) == len(found)


def test_a_large_folder_is_opened_and_small_things_are_put_together() -> None:
    found = boxes(
        listed(
            ("/usr/bin/node", 900, "node"),
            ("/usr/bin/a", 1, "base system"),
            ("/usr/bin/b", 2, "base system"),
            ("/usr/share/doc/x", 97, "base system"),
        ),
        10,
    )
    assert [(box.path, box.bytes, box.files, box.group) for box in found] == [
        ("/usr/bin/node", 900, 1, "node"),
        ("/usr/share/doc/x", 97, 1, "base system"),
        ("/usr/bin/…", 3, 2, "base system"),
    ]


def test_names_that_start_alike_are_not_mixed() -> None:
    files = [("/a-b/x", 10, "app"), ("/a/x", 20, "app"), ("/a.txt", 30, "app"), ("/a0/x", 40, "app")]
    assert {box.path: box.bytes for box in boxes(listed(*files), 50)} == {
        "/a-b/x": 10,
        "/a/x": 20,
        "/a.txt": 30,
        "/a0/x": 40,
    }


def test_there_are_hardly_more_boxes_than_were_asked_for() -> None:
    files = [(f"/{a}/{b}/{c}", 1000 + c, "app") for a in range(8) for b in range(8) for c in range(40)]
    assert 40 <= len(boxes(listed(*files), 60)) <= 60 + 8


def test_an_image_of_empty_files_has_no_boxes() -> None:
    assert boxes(listed(("/empty", 0, "app")), 60) == ()


def test_areas_are_as_the_bytes() -> None:
    made = listed(("/a", 4_000, "app"), ("/b", 2_000, "app"), ("/c", 1_000, "node"))
    areas = by_title(draw(drawing("alpine", made, "t")).wide, area)
    largest, middle, least = sorted(areas.values(), reverse=True)
    assert largest / middle == pytest.approx(2, rel=0.05)
    assert middle / least == pytest.approx(2, rel=0.05)
