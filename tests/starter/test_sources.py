"""What the app's own code tells, by pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.starter import sources
from imagematrix.starter.sources import Source
from tests.starter.apps import app, place


def code(text: str) -> tuple[Source, ...]:
    return (Source(name="a.js", text=text),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("app.listen(process.env.PORT || 8123)", "8123"),
        ("const p = Number(process.env.PORT ?? '4000')", "4000"),
        ("const p = parseInt(process.env.PORT, 10) || 5001", "5001"),
        ("const p = process.env['PORT'] || 81", "81"),
        ("const p = process.env.PORT ? +process.env.PORT : 7000", "7000"),
        ("server.listen(8080, () => {})", "8080"),
        ("fastify.listen({ port: 9000, host: '0.0.0.0' })", "9000"),
        ("await app.listen({\n  host: '::',\n  port: 9001\n})", "9001"),
        ("const port = 3030\nserver.listen(port)", "3030"),
        ("const { PORT = 4500 } = process.env", "4500"),
        ("serve({ fetch: app.fetch, port: 8787 })", "8787"),
    ],
)
def test_ports(text: str, value: str) -> None:
    found = sources.port(code(text))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text", ["listen(port)", "new Pool({ port: 5432 })", "app.listen(99999)", "const report = 3000"]
)
def test_no_port(text: str) -> None:
    assert sources.port(code(text)) is None


def test_the_more_certain_way_wins_over_the_earlier_file() -> None:
    many = (
        Source(name="a.js", text="const port = 1234"),
        Source(name="b.js", text="\n\nx.listen(process.env.PORT || 80)"),
    )
    found = sources.port(many)
    assert found is not None
    assert (found.value, found.place) == ("80", "b.js:3")


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("process.env.PORT", True),
        ("process.env['PORT']", True),
        ("const { HOST, PORT } = process.env", True),
        ("process.env.PORTAL", False),
        ("const PORT = 3000", False),
    ],
)
def test_whether_it_reads_its_port(text: str, reads: bool) -> None:
    assert sources.reads_port(code(text)) is reads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("app.get('/', x)\napp.get('/healthz', y)", "/healthz"),
        ("app.get('/', x)", "/"),
        ("app.use('/api/health', x)", "/api/health"),
        ("server.get(`/ping`, x)", "/ping"),
    ],
)
def test_paths(text: str, value: str) -> None:
    found = sources.path(code(text))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["router.get('/health', x)", "app.get('/users', x)", "app.post('/', x)"])
def test_no_path(text: str) -> None:
    assert sources.path(code(text)) is None


@pytest.mark.parametrize(
    ("text", "fastify", "told"),
    [
        ("app.listen(3000, '127.0.0.1')", False, True),
        ("app.listen({ port: 1, host: 'localhost' })", True, True),
        ("app.listen({ port: 1 })", True, True),
        ("app.listen({ port: 1, host: '0.0.0.0' })", True, False),
        ("app.listen(3000)", False, False),
    ],
)
def test_loopback(text: str, fastify: bool, told: bool) -> None:
    assert sources.loopback(code(text), fastify=fastify) == ("a.js:1" if told else "")


def test_whose_code_is_read(tmp_path: Path) -> None:
    app(tmp_path, index__js="1", lib___b__ts="2", index__test__js="3", a__txt="4")
    for name in ("node_modules/x/i.js", "dist/i.js", ".cache/i.js", "test/i.js"):
        place(tmp_path, name, "no")
    place(tmp_path, "lib/large.js", "x" * (512 * 1024 + 1))
    found = sources.sources(tmp_path, ["./lib/b.ts", "gone.js", "."])
    assert [(source.name, source.text) for source in found] == [("lib/b.ts", "2"), ("index.js", "1")]


def test_comments_are_left_out_and_lines_kept(tmp_path: Path) -> None:
    app(tmp_path, i__js="// app.listen(1111)\n\n  * port: 2222\napp.listen(3333)\n")
    found = sources.port(sources.sources(tmp_path, []))
    assert found is not None
    assert (found.value, found.place) == ("3333", "i.js:4")


@pytest.mark.parametrize("name", ["bin/www", "./bin/www"])
def test_a_file_that_is_started_is_read_whatever_its_ending(tmp_path: Path, name: str) -> None:
    place(tmp_path, "bin/www", "server.listen(process.env.PORT || 8765)")
    place(tmp_path, "bin/other", "x.listen(1234)")
    found = sources.port(sources.sources(tmp_path, [name]))
    assert found is not None
    assert (found.value, found.place) == ("8765", "bin/www:1")


def test_a_file_named_without_its_ending_comes_first(tmp_path: Path) -> None:
    place(tmp_path, "a.js", "x.listen(1111)")
    place(tmp_path, "server.js", "x.listen(2222)")
    assert [each.name for each in sources.sources(tmp_path, ["server"])] == ["server.js", "a.js"]


@pytest.mark.parametrize("name", ["../b", "/etc/hostname", ""])
def test_what_lies_elsewhere_is_not_read(tmp_path: Path, name: str) -> None:
    place(tmp_path, "b", "x.listen(1111)")
    place(tmp_path, "app/a.js", "x")
    assert [each.name for each in sources.sources(tmp_path / "app", [name])] == ["a.js"]
