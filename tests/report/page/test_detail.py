from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Result, Status, Table, exact
from imagematrix.report.figures import called
from imagematrix.report.page.detail import detail
from imagematrix.report.page.grid import Figure, Words
from tests.made import result
from tests.report.page.made_report import variant


def test_every_measurement_is_told_once_with_how_it_was_got() -> None:
    made = variant("alpine")
    told = detail(made, 1)
    rows = [row for _, grid in told.themes for row in grid.rows]
    names = [row[0].text for row in rows if isinstance(row[0], Words)]
    names += [listed.name for listed in told.tables]
    assert sorted(names) == sorted(called(m.name) for m in made.measurements)
    assert len(set(names)) == len(names)
    reasons = {called(m.name): (m.how.value.replace("_", " "), m.reason) for m in made.measurements}
    for name, _, how, reason in rows:
        assert isinstance(name, Words)
        assert isinstance(how, Words)
        assert isinstance(reason, Words)
        assert (how.chip, reason.text) == reasons[name.text]


def test_what_was_not_measured_has_no_value() -> None:
    rows = {
        row[0].text: row
        for _, grid in detail(result(), 1).themes
        for row in grid.rows
        if isinstance(row[0], Words)
    }
    assert rows["download"][1] == Words(text="-")
    assert rows["shells"][1] == Words(text="sh")


def test_layers_are_told_newest_first_and_the_base_from_ones_own() -> None:
    layers = detail(variant("alpine"), 1).layers
    assert layers is not None
    told = [
        (row[1].chip, row[2].sort)
        for row in layers.rows
        if isinstance(row[1], Words) and isinstance(row[2], Figure)
    ]
    assert told == [("own", 2_000_000), ("base", 60_000_000)]


def test_a_long_table_is_cut_and_says_by_how_much() -> None:
    table = Table(columns=("path", "bytes"), rows=tuple((f"/{n}", n) for n in range(50)))
    made = replace(result(), measurements=(exact("largest_files", table, method="a walk"),))
    (listed,) = detail(made, 1).tables
    assert (len(listed.grid.rows), listed.more) == (20, 30)
    assert [column.right for column in listed.grid.columns] == [False, True]


def test_a_variant_without_an_image_has_no_layers() -> None:
    failed = Result(name="x", axes=(), label="x", status=Status.FAILED, reason="build: no")
    told = detail(failed, 1)
    assert (told.layers, told.themes, told.line) == (None, (), "no image")
