"""The engine's own failures, told apart: it refused one thing, or it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from docker.errors import APIError, DockerException

from imagematrix.errors import EngineError, StepError, out_of_files
from imagematrix.model import Engine, Step


@contextmanager
def guard(engine: Engine, step: Step) -> Iterator[None]:
    """Turn what the engine's client raises into one of ours.

    A refusal (any HTTP answer that is an error) concerns one variant: StepError.  An engine that cannot
    be reached concerns all: EngineError, or MachineError where it is this process that may open no connection.
    """
    try:
        yield
    except APIError as error:
        raise StepError(step, f"the engine refused: {error.explanation or error}") from error
    except (DockerException, requests.RequestException) as error:
        if (lack := out_of_files(error)) is not None:
            raise lack from error
        remedy = "`invoke engine.status` and `invoke doctor` tell more"
        if engine.embedded:
            remedy = "`invoke engine.up` starts it again; `invoke doctor` tells more"
        raise EngineError(
            f"the engine stopped answering: {error}", where=engine.host, next_step=remedy
        ) from error
    except OSError as error:  # a limit on open files may be hit anywhere
        lack = out_of_files(error)
        if lack is None:
            raise
        raise lack from error
