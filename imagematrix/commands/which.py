"""Which run the user means, with what is to be told of the choice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from imagematrix import archive, provenance
from imagematrix.commands.outcome import Show, places
from imagematrix.model import Run
from imagematrix.settings import Settings
from imagematrix.text import one_line


def which(settings: Settings, show: Show, text: str) -> Run:
    """The run that a text means, as `archive.resolve` has it; runs that were passed over are told of."""
    notices: list[str] = []
    try:
        return archive.resolve(places(settings).results, text, commit=commit(settings), notify=notices.append)
    finally:
        tell(show, notices)


def concluded_from(settings: Settings, show: Show, text: str) -> Run:
    """As `which`, and what the run lacks to be concluded from is told of too."""
    run = which(settings, show, text)
    if lacking := archive.lacks(run):
        tell(show, [f"run {one_line(run.id)}: {lacking}"])
    return run


def commit(settings: Settings) -> archive.Commit:
    """What git calls a commit in the checkout that the matrix file lies in."""
    return partial(provenance.commit, settings.file.absolute().parent)


def tell(show: Show, notices: Sequence[str]) -> None:
    """Say something on standard error."""
    if notices:
        with show.progress() as progress:
            for notice in notices:
                progress.notice(notice)
