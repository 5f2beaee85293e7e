from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Finding, Severity, Table, estimated, exact
from imagematrix.report.console import Look
from imagematrix.report.figures import called
from imagematrix.report.full import full_view
from tests import made

PLAIN = Look(width=140, color=False)
FILES = Table(
    columns=("path", "bytes", "origin"), rows=tuple((f"/f{n}", 1_000_000 - n, "app") for n in range(20))
)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_every_figure_is_there_with_how_it_was_got() -> None:
    text = lines(full_view(made.result(), look=PLAIN))
    assert any(line.startswith("libc version 1.2.5 loader") for line in text)
    assert any(line.startswith("node glibc version not applicable not on glibc") for line in text)
    assert any(line.startswith("download unavailable no registry") for line in text)
    for measurement in made.result().measurements:
        assert any(line.startswith(f"{called(measurement.name)} ") for line in text), measurement.name


def test_units_are_shown_and_bytes_to_the_byte() -> None:
    figures = (
        exact("waste_bytes", 126_043_152, unit="bytes", method="sum"),
        exact("stop_seconds", 5.25, unit="seconds", method="clock"),
        exact("start_each_seconds", (0.2, 0.31), unit="seconds", method="clock"),
        exact("healthcheck_can_run", False, method="no shell"),
    )
    text = lines(full_view(replace(made.result(), measurements=figures), look=PLAIN))
    assert "waste 126 MB (126,043,152) sum" in text
    assert "time to stop 5.2 s clock" in text
    assert "each start-up 200 ms, 310 ms clock" in text
    assert "healthcheck can run no no shell" in text


def test_a_long_table_shows_its_first_rows_and_says_how_many_more() -> None:
    measured = exact("largest_files", FILES, method="walk")
    text = lines(full_view(replace(made.result(), measurements=(measured,)), look=PLAIN))
    assert "largest files walk" in text
    assert "/f0 1.00 MB app" in text
    assert "… and 5 more; the record has them all" in text
    assert not any(line.startswith("/f15") for line in text)


def test_a_command_is_told_as_it_would_be_typed() -> None:
    told = (
        exact("entrypoint", ("docker-entrypoint.sh",), method="config"),
        exact("command", ("node", "-e", "f(1, 2)"), method="config"),
    )
    text = lines(full_view(replace(made.result(), measurements=told), look=PLAIN))
    assert "entrypoint docker-entrypoint.sh config" in text
    assert "command node -e 'f(1, 2)' config" in text


def test_a_long_instruction_does_not_fill_the_screen() -> None:
    by = f"RUN /bin/sh -c {'echo secret;  ' * 500}# buildkit"
    tables = (
        Table(columns=("path", "layer", "created_by", "why"), rows=(("/app/.env", 3, by, "environment"),)),
        Table(columns=("path", "bytes", "hidden_by"), rows=(("/x", 5, by),)),
    )
    for table in tables:
        shown = full_view(
            replace(made.result(), measurements=(exact("secret_files", table, method="names"),)), look=PLAIN
        )
        assert len(shown.splitlines()) < 15
        assert shown.count("echo secret;") < 10
        assert "RUN echo secret; echo secret;" in " ".join(shown.split())
        assert "…" in shown


def test_findings_come_with_their_remedy() -> None:
    finding = Finding(
        rule="addon-libc",
        severity=Severity.HIGH,
        text="/node_modules/x/x.node was built for glibc",
        remedy="build it on Alpine",
        measurement="addons",
    )
    text = lines(full_view(replace(made.result(), findings=(finding,)), look=PLAIN))
    assert "high addon-libc: /node_modules/x/x.node was built for glibc" in text
    assert "remedy: build it on Alpine" in text


def test_an_estimate_is_told_as_one() -> None:
    about = estimated("download_bytes", 25_000_000, unit="bytes", method="sampled")
    text = lines(full_view(replace(made.result(), measurements=(about,)), look=PLAIN))
    assert "download ~25.0 MB estimated: sampled" in text


def test_what_an_image_says_does_nothing_to_a_terminal() -> None:
    hostile = "a\x1b[2Jb\x07\u202e"
    odd = exact(hostile, (hostile,), method=hostile)
    table = exact("largest", Table(columns=(hostile,), rows=((hostile,),)), method=hostile)
    text = full_view(replace(made.result(hostile), measurements=(odd, table)), look=PLAIN)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert r"a\x1b[2Jb\x07\u202e" in text
