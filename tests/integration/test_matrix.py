"""The main job on the article's four images, held against independent sources."""

from __future__ import annotations

import json
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import docker
import jsonschema
import pytest

from imagematrix.expectations import NAMES
from imagematrix.model import Engine
from tests.integration.cli import checkout, figures, invoke, variants
from tests.integration.cli import docker as docker_words
from tests.integration.conftest import REPOSITORY

pytestmark = pytest.mark.integration

FOUR = ["vanilla", "multi-stage", "distroless", "alpine"]
SCHEMA = json.loads(resources.files("imagematrix").joinpath("run.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("checkout"), REPOSITORY)


@pytest.fixture(scope="module")
def record(folder: Path) -> Any:
    done = invoke(folder, "matrix", "--json")
    assert done.code == 0, done.err
    return done.record


def docker_history(engine: Engine, image: str) -> list[tuple[str, int]]:
    """`docker history`, oldest first: the oracle for layers and their bytes."""
    words = docker_words(engine, "history", "--no-trunc", "--human=false", "--format", "{{json .}}", image)
    lines = subprocess.run(words, capture_output=True, check=True).stdout.splitlines()
    told = [json.loads(line) for line in reversed(lines)]
    return [(each["CreatedBy"], int(each["Size"])) for each in told]


def test_four_variants_pass_and_the_record_validates(record: Any) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(record)
    assert {label: v["status"] for label, v in variants(record).items()} == dict.fromkeys(FOUR, "passed")
    assert record["status"] == "passed"


def test_what_is_archived_is_what_was_printed(record: Any, folder: Path) -> None:
    kept = folder / "results" / record["id"]
    assert json.loads((kept / "run.json").read_text(encoding="utf-8")) == record
    for variant in record["variants"]:
        assert "exporting to image" in (kept / variant["build"]["log"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("label", FOUR)
def test_layers_and_bytes_are_those_of_docker_history(record: Any, engine: Engine, label: str) -> None:
    image = variants(record)[label]["image"]
    told = docker_history(engine, f"imagematrix.local/hello-world:{label}-node24")
    if engine.image_store == "overlay2":  # elsewhere docker history counts blocks of its disk
        assert [x["bytes"] for x in image["layers"] if x["bytes"]] == [size for _, size in told if size]
        assert image["unpacked_bytes"] == sum(size for _, size in told)
    made = [(x["created_by"], x["bytes"]) for x in image["layers"]]
    instructions = [by for by, _ in told]
    assert [by for by, _ in made] == [by for by in instructions if by in dict(made)]
    assert image["unpacked_bytes"] == sum(size for _, size in made)


@pytest.mark.parametrize("label", FOUR)
def test_base_layers_are_those_of_the_base(record: Any, client: docker.DockerClient, label: str) -> None:
    variant = variants(record)[label]
    told = figures(variant)
    base = next(each for each in variant["bases"] if each["reference"] == told["base"])
    if base["source"] == "stand-in":
        name = f"imagematrix.local/stand-in/{base['reference']}"
    else:
        name = f"{base['reference']}@{base['digest']}"
    below = client.images.get(name).attrs["RootFS"]["Layers"]
    assert [x["diff_id"] for x in variant["image"]["layers"] if x["from_base"]] == below
    assert told["base_layers"] == len(below)
    assert told["base_layers"] + told["own_layers"] == len(variant["image"]["layers"]) == told["layers"]


def test_shells_and_libc_are_found_as_the_article_says(record: Any) -> None:
    told = {label: figures(variant) for label, variant in variants(record).items()}
    assert {label: each["shells"] for label, each in told.items()} == {
        "vanilla": ["bash", "sh"],
        "multi-stage": ["bash", "sh"],
        "distroless": [],
        "alpine": ["sh"],
    }
    assert {label: each["libc"] for label, each in told.items()} == {
        "vanilla": "glibc",
        "multi-stage": "glibc",
        "distroless": "glibc",
        "alpine": "musl",
    }
    assert told["distroless"]["exec_sh"] in (126, 127)
    assert told["alpine"]["exec_sh"] == 0
    assert told["alpine"]["exec_bash"] in (126, 127)
    assert {each["node_version"].split(".")[0] for each in told.values()} == {"24"}
    assert told["vanilla"]["node_glibc_version"] == told["vanilla"]["libc_version"]
    assert told["alpine"]["node_glibc_version"] == "not_applicable"


@pytest.mark.parametrize("label", FOUR)
def test_config_is_that_of_docker_inspect(record: Any, engine: Engine, label: str) -> None:
    told = figures(variants(record)[label])
    name = f"imagematrix.local/hello-world:{label}-node24"
    done = subprocess.run(docker_words(engine, "image", "inspect", name), capture_output=True, check=True)
    (inspected,) = json.loads(done.stdout)
    config = inspected["Config"]
    assert told["command"] == config["Cmd"]
    assert told["entrypoint"] == (config["Entrypoint"] or "not_applicable")
    assert told["user"] == (config["User"] or "root")
    assert told["engine_bytes"] == inspected["Size"]
    assert (
        variants(record)[label]["image"]["config_digest"] == inspected["Id"]
        or engine.image_store != "overlay2"
    )


def test_no_secret_is_left_in_an_image(record: Any, client: docker.DockerClient) -> None:
    for label in variants(record):
        history = json.dumps(client.images.get(f"imagematrix.local/hello-world:{label}-node24").history())
        assert "BEGIN CERTIFICATE" not in history


def test_every_name_that_may_be_expected_is_measured(record: Any) -> None:
    of_servers = set(NAMES) - {"command_exit_code"}  # a smoke test by command gives that one
    for variant in record["variants"]:
        assert of_servers <= set(figures(variant))


def test_a_second_run_is_cached_whole(record: Any, folder: Path) -> None:
    again = invoke(folder, "matrix", "--json").record
    assert {label: v["build"]["cached"] for label, v in variants(again).items()} == dict.fromkeys(FOUR, True)
    assert {v["image"]["config_digest"] for v in again["variants"]} == {
        v["image"]["config_digest"] for v in record["variants"]
    }


def test_the_table_names_stand_ins_and_the_archive(record: Any, folder: Path) -> None:
    done = invoke(folder, "matrix", "--variant", "alpine")
    assert done.code == 0
    row = next(line.split() for line in done.out.splitlines() if line.strip().startswith("alpine"))
    assert ("(stand-in)" in row) == (record["variants"][3]["bases"][1]["source"] == "stand-in")
    assert row[-2:] == ["passed", "200"]
    assert "archived in results/" in done.out
    assert [line.split()[:2] for line in done.err.splitlines() if " smoke " in line] == [["alpine", "smoke"]]


@pytest.mark.usefixtures("record")
def test_history_tells_base_lines_from_own(folder: Path, engine: Engine) -> None:
    told = invoke(folder, "history", "--variant", "alpine", "--json").record["alpine"]
    listed = docker_history(engine, "imagematrix.local/hello-world:alpine-node24")
    assert [line["created_by"] for line in reversed(told)] == [by for by, _ in listed]
    own = [line["created_by"] for line in told if not line["from_base"]]
    assert own == ['CMD ["npm" "start"]', "EXPOSE map[3000/tcp:{}]", "COPY /app / # buildkit"]


def test_runs_lists_them(record: Any, folder: Path) -> None:
    listed = invoke(folder, "runs", "--json").record
    assert record["id"] in [run["id"] for run in listed]
    assert {run["status"] for run in listed} == {"passed"}


@pytest.mark.usefixtures("record")
def test_nothing_is_left_on_the_engine_after_clean(folder: Path, client: docker.DockerClient) -> None:
    before = {tag for image in client.images.list() for tag in image.tags}
    assert invoke(folder, "clean", "--dry").out.count("would remove variant") >= 4
    assert {tag for image in client.images.list() for tag in image.tags} == before
    assert invoke(folder, "clean").code == 0
    gone = before - {tag for image in client.images.list() for tag in image.tags}
    named = {f"imagematrix.local/hello-world:{label}-node24" for label in FOUR}
    own = gone - named
    assert gone >= named
    assert sorted(tag.rpartition("-")[0] for tag in own) == sorted(named)
