from __future__ import annotations

import errno
import os

import pytest
import requests

from imagematrix.engine.guard import guard
from imagematrix.errors import EngineError, MachineError
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
