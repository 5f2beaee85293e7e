"""Which commands a script of package.json comes to."""

from __future__ import annotations

import pytest

from imagematrix.starter.scripts import called_script, expanded, mentioned


def run(name: str, *, done: str = "", **scripts: str) -> list[str] | None:
    told = expanded(name, {key.replace("_", ":"): text for key, text in scripts.items()}, done=done)
    return None if told is None else [" ".join(each.words) for each in told]


def test_a_script_that_calls_others_is_followed() -> None:
    assert run("start", start="npm run serve", serve="yarn server", server="node s.js") == ["node s.js"]
    assert run("start", start="pnpm run a && node --run b", a="x", b="y") == ["x", "y"]


def test_what_npm_runs_before_a_script_comes_before_it() -> None:
    assert run("start", prestart="tsc", start="npm run b", preb="c", b="d") == ["tsc", "c", "d"]


def test_what_is_set_for_a_call_is_set_for_what_it_runs() -> None:
    (command,) = expanded("start", {"start": "A=1 B=2 npm run s", "s": "B=3 node s.js"}, done="") or ()
    assert dict(command.environment) == {"A": "1", "B": "3"}


def test_calls_of_what_the_build_does_are_left_out() -> None:
    assert run("start", done="build", start="npm run build && node d.js", build="tsc") == ["node d.js"]
    assert run("start", done="", start="npm run build && node d.js", build="tsc") == ["tsc", "node d.js"]
    assert run("start", done="build", prestart="npm run build", start="node d.js", build="tsc; x") == [
        "node d.js"
    ]


def test_no_script_is_never_called() -> None:
    """An empty name is no script, be it in the file or not."""
    assert expanded("start", {"start": "node s.js", "": "x"}, done="") is not None
    assert run("start", start="node s.js") == ["node s.js"]


@pytest.mark.parametrize(
    "scripts",
    [
        {"start": "npm run start"},
        {"start": "npm run a", "a": "npm run b", "b": "npm run a"},
        {"start": "npm run a", "a": "x | y"},
        {"start": "npm run a && node s.js", "a": "x", "posta": "y"},
        {"prestart": "x; y", "start": "node s.js"},
    ],
)
def test_what_goes_round_or_takes_a_shell_is_none(scripts: dict[str, str]) -> None:
    assert expanded("start", scripts, done="") is None


@pytest.mark.parametrize(
    ("words", "script"),
    [
        ("npm run x", "x"),
        ("npm run-script x", "x"),
        ("npm run -s x", "x"),
        ("npm start", "start"),
        ("yarn x", "x"),
        ("pnpm x", "x"),
        ("node --run x", "x"),
        ("npm x", ""),
        ("npm install", ""),
        ("npm run x -- --port 80", ""),
        ("npm run x -w api", ""),
        ("npm run -w=api x", ""),
        ("npm --prefix server start", ""),
        ("yarn workspace api start", ""),
        ("npm", ""),
        ("node x.js", ""),
    ],
)
def test_calls_of_scripts(words: str, script: str) -> None:
    assert called_script(words.split()) == script


@pytest.mark.parametrize("way", ["npx", "npm exec --", "pnpm exec", "pnpm", "yarn run", "yarn"])
def test_what_only_looks_for_a_program_is_left_out(way: str) -> None:
    assert run("start", start=f"{way} next start") == ["next start"]


def test_options_of_npx_are_not_understood() -> None:
    assert run("start", start="npx -y next start") == ["npx -y next start"]


def test_words_of_a_script_and_of_those_that_it_calls() -> None:
    scripts = {"start": "npm run a; x", "prestart": "p", "a": "b | $(c)", "other": "d"}
    assert mentioned("start", scripts) == {"npm", "run", "a", "x", "p", "b", "c"}
    assert mentioned("gone", scripts) == set()
