from __future__ import annotations

import pytest

from imagematrix.image.merge import Cause
from imagematrix.model import Cell, Measurement, Result, Severity, unavailable
from imagematrix.verdicts.findings.figures import WORTH_BYTES
from tests.verdicts.findings.results import of_bytes, one, result, table, told

BY_LAYER = "layer hidden_by_layer hidden_by cause files bytes"
PATHS = "path bytes cause layer hidden_by_layer hidden_by"
CHMOD = "RUN /bin/sh -c chmod -R go-rwx /app # buildkit"
DOCKERFILE = "FROM a\nCOPY . /app\nRUN chmod -R go-rwx /app\nRUN make\nRUN rm -rf /tmp/x\n"
LAYERS = (
    ("ADD rootfs.tar / # buildkit", True),
    ("RUN /bin/sh -c apt-get upgrade # buildkit", True),
    ("COPY . /app # buildkit", False),
    (CHMOD, False),
    ("RUN /bin/sh -c make # buildkit", False),
    ("RUN /bin/sh -c rm -rf /tmp/x # buildkit", False),
)


def wasted(*rows: tuple[Cell, ...], paths: tuple[tuple[Cell, ...], ...] = ()) -> Result:
    figures: tuple[Measurement, ...] = (
        table("waste_by_layer", BY_LAYER, *rows),
        table("waste_paths", PATHS, *paths),
    )
    return result(*figures, layers=LAYERS, dockerfile=DOCKERFILE)


def hidden(layer: int, by: int, cause: Cause, size: int) -> tuple[Cell, ...]:
    return (layer, by, LAYERS[by - 1][0], cause.value, 1, size)


def test_chmod_is_told_with_what_it_copied_on_its_line() -> None:
    row = hidden(3, 4, Cause.SAME_SIZE, 126_000_000)
    path = ("/app/node", 125_000_000, Cause.SAME_SIZE, 3, 4, CHMOD)
    found = one(wasted(row, paths=(path,)), "waste")
    assert found.text == (
        "`chmod` in layer 4 (RUN chmod -R go-rwx /app) copied 126 MB at the same size, /app/node the largest"
    )
    assert (found.severity, found.file, found.line) == (Severity.MEDIUM, "d/Dockerfile", 3)
    assert "COPY --chmod" in found.remedy


def test_what_a_base_hides_of_itself_is_no_finding() -> None:
    assert told(wasted(hidden(1, 2, Cause.OVERWRITTEN, 90_000_000)), "waste") == []


def test_what_we_hide_of_the_base_is_one() -> None:
    found = one(wasted(hidden(1, 6, Cause.DELETED, 90_000_000)), "waste")
    assert found.text == ("`rm` in layer 6 (RUN rm -rf /tmp/x) deleted 90.0 MB that the image still carries")
    assert found.remedy.startswith("run on a base without them")


def test_files_of_the_base_are_not_to_be_brought_in_otherwise_but_left_alone() -> None:
    found = one(wasted(hidden(1, 4, Cause.SAME_SIZE, 215_000_000)), "waste")
    assert found.remedy.startswith("leave what the base brings as it is")


def test_the_bytes_of_one_instruction_count_together_and_the_costliest_cause_comes_first() -> None:
    rows = (
        hidden(1, 4, Cause.OVERWRITTEN, WORTH_BYTES // 2),
        hidden(3, 4, Cause.SAME_SIZE, WORTH_BYTES // 2 + 1),
    )
    found = one(wasted(*rows), "waste")
    assert found.text.index("copied") < found.text.index("wrote over")
    assert told(wasted(rows[0]), "waste") == []
    assert found.severity is Severity.LOW


def test_what_one_run_hides_of_another_is_saved_by_joining_them() -> None:
    known = wasted(hidden(5, 6, Cause.DELETED, 19_900_000), hidden(3, 6, Cause.DELETED, 2_000_000))
    joined = one(known, "join-runs")
    assert joined.text == (
        "the 3 RUN instructions of lines 3 to 5 as one would save 19.9 MB: `rm` in layer 6 (RUN rm -rf /tmp/x) "
        "deleted 19.9 MB that the image still carries"
    )
    assert joined.line == 3
    # What it hides of the COPY below them is not saved so.
    assert "2.00 MB" in one(known, "waste").text


def test_runs_in_a_row_that_hide_nothing_of_one_another_are_left_alone() -> None:
    assert told(wasted(hidden(3, 4, Cause.DELETED, 19_900_000)), "join-runs") == []
    assert told(wasted(hidden(5, 6, Cause.DELETED, WORTH_BYTES - 1)), "join-runs") == []


def test_runs_of_two_stages_are_no_row() -> None:
    two = "FROM a AS b\nCOPY . /app\nRUN chmod -R go-rwx /app\nRUN make\nFROM b\nRUN rm -rf /tmp/x\n"
    rows = table("waste_by_layer", BY_LAYER, hidden(5, 6, Cause.DELETED, 19_900_000))
    known = result(rows, layers=LAYERS, dockerfile=two)
    assert told(known, "join-runs") == []
    assert one(known, "waste").line == 6


UNREAD = unavailable("waste_by_layer", "the layers were not read")


@pytest.mark.parametrize(
    ("wasted_bytes", "unpacked_bytes", "expected"),
    [(10_000_000, 1_000_000_000, 1), (9_999_999, 100_000_000, 0), (10_000_000, 1_000_000_001, 0)],
)
def test_without_layers_only_much_waste_is_told(
    wasted_bytes: int, unpacked_bytes: int, expected: int
) -> None:
    known = (UNREAD, of_bytes("waste_bytes", wasted_bytes), of_bytes("unpacked_bytes", unpacked_bytes))
    found = told(result(*known), "waste")
    assert len(found) == expected
    assert all("--deep" in each.remedy and each.measurement == "waste_bytes" for each in found)


def test_without_layers_runs_are_told_where_a_later_one_deletes_and_there_is_waste() -> None:
    known = (UNREAD, of_bytes("waste_bytes", 20_000_000))
    found = one(result(*known, layers=LAYERS, dockerfile=DOCKERFILE), "join-runs")
    assert found.text.startswith(
        "the 3 RUN instructions of lines 3 to 5 as one would save up to 20.0 MB: `rm` in layer 6"
    )
    without = (UNREAD, of_bytes("waste_bytes", WORTH_BYTES - 1))
    assert told(result(*without, layers=LAYERS, dockerfile=DOCKERFILE), "join-runs") == []
    harmless = result(*known, layers=(*LAYERS[:5], ("RUN /bin/sh -c echo # buildkit", False)))
    assert told(harmless, "join-runs") == []


def test_layers_without_a_dockerfile_are_named_by_their_numbers() -> None:
    rows = table("waste_by_layer", BY_LAYER, hidden(5, 6, Cause.DELETED, 19_900_000))
    found = one(result(rows, layers=LAYERS), "join-runs")
    assert found.text.startswith("the 3 RUN instructions of layers 4 to 6 as one")
    assert (found.file, found.line) == ("", 0)
