"""The engine's own failures, told apart: it refused one thing, or it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from docker.errors import APIError, DockerException

from imagematrix.engine.client import PATIENCE, patience_seconds
from imagematrix.errors import EngineError, StepError, bottom, out_of_files
from imagematrix.model import Engine, Step


@contextmanager
def guard(engine: Engine, step: Step | None = None) -> Iterator[None]:
    """Turn what the engine's client raises into one of ours.

    A refusal (any HTTP answer that is an error) concerns one variant, where this is a step of one: StepError.
    An engine that cannot be reached concerns all: EngineError, or MachineError where it is this process that
    may open no connection.
    """
    try:
        yield
    except APIError as error:
        refusal = f"the engine refused: {error.explanation or error}"
        if step is not None:
            raise StepError(step, refusal) from error
        raise EngineError(
            refusal, where=engine.host, next_step="see what the engine's own log says of it"
        ) from error
    except (DockerException, requests.RequestException) as error:
        if (lack := out_of_files(error)) is not None:
            raise lack from error
        remedy = "`invoke engine.status` and `invoke doctor` tell more"
        if engine.embedded:
            remedy = "`invoke engine.up` starts it again; `invoke doctor` tells more"
        if isinstance(error, requests.Timeout):
            raise EngineError(
                f"the engine has not answered within {patience_seconds()} s",
                where=engine.host,
                next_step=f"see what keeps it busy; {PATIENCE} is how many seconds it is given, and {remedy}",
            ) from error
        raise EngineError(
            f"the engine stopped answering: {bottom(error)}", where=engine.host, next_step=remedy
        ) from error
    except OSError as error:  # a limit on open files may be hit anywhere
        lack = out_of_files(error)
        if lack is None:
            raise
        raise lack from error
