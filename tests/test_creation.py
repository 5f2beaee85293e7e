from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import docker
import pytest

from imagematrix import provenance
from imagematrix.creation import closed_network, create_container
from imagematrix.limits import limits
from imagematrix.model import LABEL_KIND, LABEL_OWNER, LABEL_PROCESS

PACKAGE: Final = Path(__file__).resolve().parents[1] / "imagematrix"
# What makes something on an engine that stays: by the SDK's collections, and by its API.
MAKERS: Final = {
    *(f"{kind}.{verb}" for kind in ("containers", "networks", "volumes") for verb in ("create", "run")),
    *("create_container", "create_network", "create_volume"),
}


def made(source: str) -> set[str]:
    """What of MAKERS a source calls as a method of something."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            on = node.value
            of = on.attr if isinstance(on, ast.Attribute) else on.id if isinstance(on, ast.Name) else ""
            found |= {node.attr, f"{of}.{node.attr}"} & MAKERS
    return found


def test_nothing_is_made_on_an_engine_but_in_one_place() -> None:
    makers = {path.name: found for path in PACKAGE.rglob("*.py") if (found := made(path.read_text("utf-8")))}
    assert makers == {"creation.py": {"containers.create", "networks.create"}}


@pytest.mark.parametrize(
    "source", ["client.containers.run('a')", "api.create_volume()", "containers.create('a')"]
)
def test_the_check_can_fail(source: str) -> None:
    assert made(source)


def test_all_that_is_made_has_its_process_and_its_limits() -> None:
    asked: list[dict[str, Any]] = []
    gone: list[bool] = []

    def create(*_: object, **given: Any) -> SimpleNamespace:
        asked.append(given)
        return SimpleNamespace(remove=lambda: gone.append(True))

    kept = SimpleNamespace(create=create)
    fake = SimpleNamespace(containers=kept, networks=kept, version=dict)

    class Client(SimpleNamespace):
        __hash__ = object.__hash__  # type: ignore[assignment]

    client = cast(docker.DockerClient, Client(**vars(fake)))
    create_container(client, "image", labels={LABEL_OWNER: "me"}, pids_limit=64)
    with closed_network(client, {LABEL_OWNER: "me"}):
        pass
    assert gone == [True]
    container, network = asked
    for told, kind in ((container, "container"), (network, "network")):
        assert told["labels"] == {LABEL_OWNER: "me", LABEL_PROCESS: provenance.process(), LABEL_KIND: kind}
    assert network["internal"] is True
    assert container.items() >= {**limits(client), "pids_limit": 64}.items()
