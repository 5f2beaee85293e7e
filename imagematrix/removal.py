"""Removing a container that may be gone already, or be just being removed by someone else."""

from __future__ import annotations

import requests
from docker.errors import APIError, NotFound
from docker.models.containers import Container


def remove(container: Container) -> bool:
    """Remove one container by force, with its volumes; False where someone else did, or is about to."""
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return False
    except APIError as error:
        if not is_conflict(error):
            raise
        return False
    return True


def is_conflict(error: APIError) -> bool:
    """Whether an engine refuses because of what is going on: "removal of container … is already in progress"."""
    return error.response is not None and error.response.status_code == requests.codes.conflict
