"""What is written is read back: by the matrix reader, the Dockerfile reader, Python, JSON."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import config, expectations
from imagematrix.config import dockerfile
from imagematrix.errors import InputError
from imagematrix.model import Matrix, Smoke
from imagematrix.starter import App, read_app, starter_files
from tests.starter.apps import app, place

VARIANTS = ("debian", "distroless", "alpine")


@pytest.fixture
def plain(tmp_path: Path) -> App:
    folder = app(tmp_path / "shop", package={"main": "server.js"}, server__js="x.listen(8080)")
    place(folder, "package-lock.json", "{}")
    return read_app(folder)


def texts(found: App, *, context: str = ".", dockerfile: bool = False) -> dict[str, str]:
    files = starter_files(found, matrix="variants.yml", context=context, dockerfile=dockerfile)
    return {str(each.path): each.text for each in files}


def loaded(folder: Path, found: App) -> Matrix:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts(found).items():
        place(folder, name, text)
    return config.load_matrix(folder / "variants.yml", expectable=expectations.NAMES)


def test_the_matrix_file_is_read_without_a_complaint(tmp_path: Path, plain: App) -> None:
    matrix = loaded(tmp_path / "out", plain)
    assert [variant.name for variant in matrix.variants] == list(VARIANTS)
    bases = {
        variant.name: {ref.reference: ref.recipe for ref in variant.bases} for variant in matrix.variants
    }
    assert bases == {
        "debian": {"node:24": "debian-node"},
        "distroless": {
            "node:24": "debian-node",
            "gcr.io/distroless/nodejs24-debian13:nonroot": "distroless-node",
        },
        "alpine": {"node:24-alpine": "alpine-node"},
    }


def test_the_budgets_that_it_offers_are_budgets(tmp_path: Path, plain: App) -> None:
    loaded(tmp_path, plain)
    text = (tmp_path / "variants.yml").read_text()
    offered = re.sub(r"^# (budgets:|  \w+: )", r"\1", text, flags=re.MULTILINE)
    (tmp_path / "variants.yml").write_text(offered)
    told = config.load_matrix(tmp_path / "variants.yml").variants[0].budgets
    assert len(told) == 4


def test_a_node_that_no_recipe_has_gets_no_stand_ins(tmp_path: Path, plain: App) -> None:
    matrix = loaded(tmp_path / "out", replace(plain, node="18"))
    refs = [ref for variant in matrix.variants for ref in variant.bases]
    assert {ref.recipe for ref in refs} == {""}
    assert "gcr.io/distroless/nodejs18-debian12:nonroot" in {ref.reference for ref in refs}


def test_hostile_words_stay_words(tmp_path: Path, plain: App) -> None:
    word = 'a"]\nRUN evil # \u202e ${HOME} {node}'
    found = replace(plain, command=(word,), path="/a'\"\\{node}")
    matrix = loaded(tmp_path / "out", found)
    smoke = matrix.variants[0].smoke
    assert isinstance(smoke, Smoke)
    assert smoke.path == found.path
    for name in VARIANTS:
        text = texts(found)[f"dockerfiles/{name}.Dockerfile"]
        assert "\nRUN evil" not in text
        last = text.strip().splitlines()[-1]
        assert json.loads(last.removeprefix("CMD "))[-1] == word


def test_hostile_facts_stay_comments(tmp_path: Path, plain: App) -> None:
    facts = tuple(replace(fact, why="x\nvariants: {}\u2028b: 1\x1b[31m\n") for fact in plain.facts)
    assert len(loaded(tmp_path / "out", replace(plain, facts=facts)).variants) == 3


@pytest.mark.parametrize("name", VARIANTS)
def test_dockerfiles_follow_good_practice(plain: App, name: str) -> None:
    text = texts(plain)[f"dockerfiles/{name}.Dockerfile"]
    instructions = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert not text.startswith("# syntax")
    assert "COPY package.json package-lock.json ./" in instructions
    install = next(line for line in instructions if "npm ci" in line)
    assert install.endswith("npm ci --omit=dev")
    assert "--mount=type=secret,id=ca" in install
    assert instructions.index("COPY package.json package-lock.json ./") < instructions.index(install)
    assert instructions.index(install) < instructions.index("COPY . .")
    assert "EXPOSE 8080" in instructions
    assert ("USER node" in instructions) is (name != "distroless")
    assert (":nonroot" in text) is (name == "distroless")
    assert len(dockerfile.parse(text).stages) == 2
    assert max(map(len, text.splitlines())) <= 120


def test_the_start_command_is_node_itself(plain: App) -> None:
    made = texts(plain)
    assert made["dockerfiles/debian.Dockerfile"].endswith('CMD ["node", "server.js"]\n')
    assert made["dockerfiles/alpine.Dockerfile"].endswith('CMD ["node", "server.js"]\n')
    assert made["dockerfiles/distroless.Dockerfile"].endswith('CMD ["server.js"]\n')


def test_a_build_step_has_the_development_dependencies_and_the_image_has_not(plain: App) -> None:
    text = texts(replace(plain, build_script="build"))["dockerfiles/alpine.Dockerfile"]
    order = [text.index(each) for each in ("npm ci\n", "COPY . .", "npm run build", "npm prune --omit=dev")]
    assert order == sorted(order)
    assert "npm ci --omit=dev" not in text


def test_whatever_needs_the_whole_folder_gets_it_first(plain: App) -> None:
    found = replace(plain, whole_because="the app's own script 'prepare' runs", copied_first=())
    text = texts(found)["dockerfiles/debian.Dockerfile"]
    assert text.index("COPY . .") < text.index("npm ci\n") < text.index("npm prune --omit=dev")
    assert text.count("COPY . .") == 1


def test_compilers_for_musl_come_only_where_something_is_compiled(plain: App) -> None:
    assert not any("apk add" in text for text in texts(plain).values())
    made = texts(replace(plain, addons=("bcrypt",)))
    assert {name for name, text in made.items() if "apk add" in text} == {"dockerfiles/alpine.Dockerfile"}
    assert "bcrypt" in made["dockerfiles/alpine.Dockerfile"]


def test_what_may_hold_a_token_is_in_no_image(plain: App) -> None:
    text = texts(replace(plain, private=(".npmrc",)))["dockerfiles/debian.Dockerfile"]
    assert text.index("COPY . .") < text.index("RUN rm -f .npmrc") < text.rindex("FROM ")


def test_a_script_that_takes_a_shell_is_run_by_npm_where_there_is_one(tmp_path: Path, plain: App) -> None:
    found = replace(plain, start_script="start", command=("lib.js",))
    made = texts(found)
    for name in ("debian", "alpine"):
        assert made[f"dockerfiles/{name}.Dockerfile"].endswith('CMD ["npm", "start"]\n')
        assert "PID 1" in made[f"dockerfiles/{name}.Dockerfile"]
    assert "# TODO: variants.yml leaves this out." in made["dockerfiles/distroless.Dockerfile"]
    assert [variant.name for variant in loaded(tmp_path / "out", found).variants] == ["debian", "alpine"]
    text = (tmp_path / "out" / "variants.yml").read_text()
    (tmp_path / "out" / "variants.yml").write_text(
        re.sub(r"^  # (?!TODO|(?:in)?to |the )", "  ", text, flags=re.MULTILINE)
    )
    assert [v.name for v in config.load_matrix(tmp_path / "out" / "variants.yml").variants] == list(VARIANTS)
    prod = texts(replace(found, start_script="start:prod"))["dockerfiles/debian.Dockerfile"]
    assert prod.endswith('CMD ["npm", "run", "start:prod"]\n')


def test_a_guess_is_called_one_where_it_stands(plain: App) -> None:
    sure = replace(plain, facts=tuple(replace(fact, guessed=False) for fact in plain.facts))
    for name in VARIANTS:
        assert "TODO: a guess" in texts(plain)[f"dockerfiles/{name}.Dockerfile"]
        assert "TODO" not in texts(sure)[f"dockerfiles/{name}.Dockerfile"]


def test_what_the_start_script_builds_by_is_built(plain: App) -> None:
    text = texts(replace(plain, built_by=("npx --no tsc",)))["dockerfiles/alpine.Dockerfile"]
    order = [
        text.index(each) for each in ("npm ci\n", "COPY . .", "RUN npx --no tsc\n", "npm prune --omit=dev")
    ]
    assert order == sorted(order)


def test_development_dependencies_that_the_start_needs_stay(plain: App) -> None:
    text = texts(replace(plain, keeps_development=True))["dockerfiles/debian.Dockerfile"]
    instructions = [line for line in text.splitlines() if not line.startswith("#")]
    assert any(line.endswith(" npm ci") for line in instructions)
    assert not any("prune" in line or "--omit=dev" in line for line in instructions)


def test_a_dockerfile_that_was_here_is_offered(tmp_path: Path, plain: App) -> None:
    assert "# own:" not in texts(plain)["variants.yml"]
    text = texts(plain, context="web", dockerfile=True)["variants.yml"]
    assert '#   dockerfile: "web/Dockerfile"' in text
    for name, made in texts(plain, dockerfile=True).items():
        place(tmp_path, name, re.sub(r"^  # (own:|  dockerfile)", r"  \1", made, flags=re.MULTILINE))
    place(tmp_path, "Dockerfile", "FROM scratch\n")
    assert config.load_matrix(tmp_path / "variants.yml").variants[-1].name == "own"


def test_tasks_are_python(plain: App) -> None:
    names = [
        node.names[0].name
        for node in ast.walk(ast.parse(texts(plain)["tasks.py"]))
        if isinstance(node, ast.ImportFrom)
    ]
    assert names == ["ns"]


def test_the_check_of_the_matrix_can_fail(tmp_path: Path, plain: App) -> None:
    with pytest.raises(InputError):
        loaded(tmp_path / "out", replace(plain, name="NOT A NAME"))
