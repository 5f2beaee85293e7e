"""Every row is complete: placeholders filled in, defaults there, paths absolute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.config import load_matrix
from imagematrix.config.instructions import instructions
from imagematrix.model import App, BaseRef, BodyRule, CommandSmoke, Expectation, Smoke, Variant

from .conftest import VANILLA, Project, line

FULL = """\
schema_version: 1
app: {name: hello, context: ./app, port: 3000}
smoke:
  path: /health?full=1
  status: 204
  body: Hello
  headers: {content-type: text/html, x-a: b}
  timeout_seconds: 2.5
axes:
  node: ["24"]
  arch: [arm64]
build_args: {NODE: "{node}", MODE: common}
stand_ins:
  "node:{node}": {recipe: debian-node, node: "{node}.19"}
variants:
  full:
    dockerfile: "{node}.Dockerfile"
    target: final-{node}
    build_args: {MODE: "own-{arch}", EXTRA: "{{}}"}
    bases: ["node:{node}"]
    env: {GREETING: 'hi {node}', JSON: '{{"a": 1}}'}
    command: [node, "{node}.js"]
    platform: linux/{arch}
    smoke: {body_contains: Hell, headers: {x-c: d}}
    expect: {shells: [], libc: musl, tools: [node, npm]}
    skip_without_base: true
"""


def test_a_full_row(project: Project) -> None:
    dockerfile = project.folder / "24.Dockerfile"
    dockerfile.write_text("ARG NODE\nFROM node:$NODE AS final-24\nFROM debian\n")
    (variant,) = project.load(FULL).variants
    assert variant == Variant(
        name="full",
        axes=(("node", "24"), ("arch", "arm64")),
        label="full",
        dockerfile=dockerfile,
        target="final-24",
        build_args=(("NODE", "24"), ("MODE", "own-arm64"), ("EXTRA", "{}")),
        bases=(BaseRef(reference="node:24", recipe="debian-node", node="24.19"),),
        env=(("GREETING", "hi 24"), ("JSON", '{"a": 1}')),
        command=("node", "24.js"),
        platform="linux/arm64",
        smoke=Smoke(
            path="/health?full=1",
            status=204,
            body=BodyRule(kind="contains", text="Hell"),
            headers=(("x-c", "d"),),
            timeout_seconds=2.5,
        ),
        expect=(
            Expectation(measurement="shells", value=()),
            Expectation(measurement="libc", value="musl"),
            Expectation(measurement="tools", value=("node", "npm")),
        ),
        skip_without_base=True,
        instructions=instructions(dockerfile.read_text(), file="24.Dockerfile", target="final-24"),
    )
    assert [(i.line, i.keyword, i.text, i.built) for i in variant.instructions] == [
        (1, "ARG", "NODE", False),
        (2, "FROM", "node:$NODE AS final-24", True),
        (3, "FROM", "debian", False),
    ]


def test_the_least_that_a_file_can_say(project: Project) -> None:
    matrix = project.load(
        "schema_version: 1\napp: {name: a, context: app, port: 80}\n"
        "variants: {v: {dockerfile: vanilla.Dockerfile}}\n"
    )
    assert matrix.path == project.file
    assert matrix.folder == project.folder
    assert matrix.app == App(name="a", context=project.folder / "app", port=80)
    (variant,) = matrix.variants
    assert variant == Variant(
        name="v",
        axes=(),
        label="v",
        dockerfile=project.folder / "vanilla.Dockerfile",
        target="",
        build_args=(),
        bases=(BaseRef(reference="node:24", recipe="", node=""),),
        env=(),
        command=(),
        platform="",
        smoke=Smoke(path="/", status=200, body=BodyRule(kind="any"), headers=(), timeout_seconds=30.0),
        expect=(),
        skip_without_base=False,
        instructions=instructions(VANILLA, file="vanilla.Dockerfile", target=""),
    )


@pytest.mark.parametrize(
    ("own", "body"),
    [
        ("{}", BodyRule(kind="equals", text="Hello")),
        ("{path: /x}", BodyRule(kind="equals", text="Hello")),
        ("{body: ''}", BodyRule(kind="equals", text="")),
        ("{body_contains: e}", BodyRule(kind="contains", text="e")),
    ],
)
def test_a_variant_s_smoke_test_is_merged_key_by_key(project: Project, own: str, body: BodyRule) -> None:
    vanilla, _, alpine, _ = project.load(line(18, f"    smoke: {own}")).variants
    assert isinstance(vanilla.smoke, Smoke)
    assert isinstance(alpine.smoke, Smoke)
    assert vanilla.smoke.body == body
    assert vanilla.smoke.path == ("/x" if "path" in own else "/")
    assert alpine.smoke.body == BodyRule(kind="equals", text="Hello")


COMMAND = """\
schema_version: 1
app: {name: editor, context: app}
smoke: {command: [vim, "--version"], body_contains: VIM, timeout_seconds: 5}
axes: {vim: ["9"]}
variants:
  common: {dockerfile: vanilla.Dockerfile}
  other:
    dockerfile: vanilla.Dockerfile
    smoke: {command: [sh, -c, "exit {vim}"], exit_code: 9}
  exact:
    dockerfile: vanilla.Dockerfile
    smoke: {exit_code: 1, body: "no"}
"""


def test_a_smoke_test_by_command(project: Project) -> None:
    matrix = project.load(COMMAND)
    assert matrix.app.port == 0
    common = CommandSmoke(
        command=("vim", "--version"),
        exit_code=0,
        output=BodyRule(kind="contains", text="VIM"),
        timeout_seconds=5.0,
    )
    assert [variant.smoke for variant in matrix.variants] == [
        common,
        # Another command has another output.
        replace(common, command=("sh", "-c", "exit 9"), exit_code=9, output=BodyRule(kind="any")),
        replace(common, exit_code=1, output=BodyRule(kind="equals", text="no")),
    ]


def test_a_variant_may_be_asked_over_http_where_the_others_run_a_command(project: Project) -> None:
    text = COMMAND.replace("context: app}", "context: app, port: 80}")
    _, other, _ = project.load(
        text.replace('{command: [sh, -c, "exit {vim}"], exit_code: 9}', "{path: /}")
    ).variants
    assert other.smoke == Smoke(
        path="/", status=200, body=BodyRule(kind="any"), headers=(), timeout_seconds=5.0
    )
    _, other, _ = project.load(
        COMMAND.replace("[sh, -c", "[sh, '{nod}', -c").replace("{nod}", "{{}}")
    ).variants
    assert isinstance(other.smoke, CommandSmoke)
    assert other.smoke.command[1] == "{}"


@pytest.mark.parametrize(("own", "place"), [("[vim", "3:19"), ("[sh", "9:23")])
def test_an_unknown_axis_in_a_command_is_told_where_it_stands(project: Project, own: str, place: str) -> None:
    where, message, _ = project.refusal(COMMAND.replace(own, '["{nod}"', 1))
    assert (where, "unknown axis 'nod'" in message) == (f"variants.yml:{place}", True)


@pytest.mark.parametrize(
    ("number", "replacement", "place", "what"),
    [
        (4, "  context: ap", "4:12", "there is no folder {}/ap"),
        (4, "  context: variants.yml", "4:12", "there is no folder {}/variants.yml"),
        (4, f"  context: {'x' * 300}", "4:12", "cannot be used: File name too long"),
        (17, "    dockerfile: Dockerfile", "17:17", "there is no Dockerfile {}/Dockerfile"),
        (17, "    dockerfile: app", "17:17", "there is no Dockerfile {}/app"),
        (17, '    dockerfile: "{nod}.Dockerfile"', "17:17", "unknown axis 'nod': did you mean 'node'?"),
        (18, '    target: "{x}"', "18:13", "unknown axis 'x'"),
        (18, '    env: {A: b, C: "{nod}"}', "18:20", "unknown axis 'nod'"),
        (18, '    build_args: {A: "{"}', "18:21", "a single '{{' in '{{'"),
        (12, '  NODE: "{nod}"', "12:9", "unknown axis 'nod'"),
        (18, '    command: [node, "{nod}"]', "18:21", "unknown axis 'nod'"),
        (18, '    bases: ["node:{nod}"]', "18:13", "unknown axis 'nod'"),
        (18, "    platform: arm64", "18:15", "'arm64' is not a platform"),
        (18, '    platform: "linux/{node}/"', "18:15", "'linux/22/' is not a platform"),
    ],
)
def test_what_cannot_be_resolved(
    project: Project, number: int, replacement: str, place: str, what: str
) -> None:
    where, message, next_step = project.refusal(line(number, replacement))
    assert where == f"variants.yml:{place}"
    assert what.format(project.folder) in message
    assert next_step


def test_a_loop_of_links_is_no_dockerfile(project: Project) -> None:
    (project.folder / "loop").symlink_to("loop")
    assert "there is no Dockerfile" in project.refusal(line(17, "    dockerfile: loop"))[1]


def test_paths_start_from_the_folder_of_the_file(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.load()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load_matrix(Path("../variants.yml")) == load_matrix(project.file)


def test_links(project: Project, tmp_path: Path) -> None:
    """A linked folder is the same matrix; a linked file is another, in the folder that the link lies in."""
    matrix = project.load()
    (tmp_path / "linked").symlink_to(project.folder)
    assert load_matrix(tmp_path / "linked" / "variants.yml") == matrix
    (project.folder / "other.yml").symlink_to(project.file)
    assert load_matrix(project.folder / "other.yml").path == project.folder / "other.yml"
    (project.folder / "app-link").symlink_to("app")
    assert project.load(line(4, "  context: app-link")).app.context == project.folder / "app"


def test_errors_name_the_file_as_the_user_does(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    project.file = Path("variants.yml")
    assert project.refusal(line(5, "  port: 0"))[0] == "variants.yml:5:9"
