from __future__ import annotations

import errno
import os

import pytest
import requests
from docker.errors import APIError

from imagematrix.engine.guard import guard
from imagematrix.errors import EngineError, MachineError, StepError
from imagematrix.model import Engine, Step

ENGINE = Engine(
    host="unix:///nowhere",
    name="docker",
    version="27.0.1",
    image_store="overlay2",
    embedded=False,
    buildx=(),
    env=(),
)


def refused() -> requests.ConnectionError:
    """As the HTTP libraries wrap it."""
    error = requests.ConnectionError("Connection aborted.")
    error.__context__ = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return error


@pytest.mark.parametrize(
    "error", [refused(), OSError(errno.EMFILE, "x"), OSError(errno.EMFILE, "x", "a file")]
)
def test_a_limit_on_open_files_is_not_the_engines_failure(error: OSError) -> None:
    says = "no more files may be opened: Too many open files"
    with pytest.raises(MachineError, match=says) as caught, guard(ENGINE, Step.MEASURE):
        raise error
    assert "ulimit -n" in caught.value.next_step


def test_an_engine_that_is_gone_is() -> None:
    with pytest.raises(EngineError, match="the engine stopped answering: gone"), guard(ENGINE, Step.MEASURE):
        raise requests.ConnectionError("gone")


def test_what_is_neither_comes_through() -> None:
    with pytest.raises(FileNotFoundError), guard(ENGINE, Step.MEASURE):
        raise FileNotFoundError


def test_a_refusal_is_of_one_step_or_of_all() -> None:
    error = APIError("409", explanation="it is in use")
    with pytest.raises(StepError, match="smoke: the engine refused: it is in use"), guard(ENGINE, Step.SMOKE):
        raise error
    with pytest.raises(EngineError, match="the engine refused: it is in use"), guard(ENGINE):
        raise error


def test_an_engine_that_takes_too_long_is_told_with_what_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_CLIENT_TIMEOUT", "7")
    with pytest.raises(EngineError, match="has not answered within 7 s") as caught, guard(ENGINE):
        raise requests.ReadTimeout("layers of libraries")
    assert "DOCKER_CLIENT_TIMEOUT" in caught.value.next_step


def test_the_cause_is_told_without_the_layers_of_the_libraries() -> None:
    error = requests.ConnectionError("('Connection aborted.', x)")
    error.__context__ = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    with pytest.raises(EngineError) as caught, guard(ENGINE):
        raise error
    assert caught.value.what == "the engine stopped answering: Connection refused"
