"""recommend: which image to choose, and why."""

from __future__ import annotations

from imagematrix.commands.outcome import Outcome, Show, as_json
from imagematrix.commands.which import which
from imagematrix.commands.wishes import wished
from imagematrix.errors import InputError
from imagematrix.model import Run
from imagematrix.report.advice import advice_json, advice_view, none_passed
from imagematrix.settings import Settings
from imagematrix.verdicts.advise import advise, advise_for, measured, weighed


def recommend(settings: Settings, show: Show) -> Outcome:
    """Of an archived run, for the article's three users, or for one's own constraints where some are given.

    Exit code 1 where no image was found for what was asked: for none of the three, or for the constraints.
    Raises InputError.
    """
    wishes = wished(settings.wishes)
    run = which(settings, show, settings.run)
    if weighed(run) and not measured(run):
        raise _nothing_measured(run)
    advice = (advise_for(run, wishes),) if wishes else advise(run)
    code = 0 if any(each.choice for each in advice) else 1
    if show.json:
        return Outcome(text=as_json(advice_json(run.id, advice)), exit_code=code)
    if not weighed(run):
        return Outcome(text=none_passed(run), exit_code=code)
    return Outcome(text=advice_view(advice, look=show.look), exit_code=code)


def _nothing_measured(run: Run) -> InputError:
    return InputError(
        f"the run {run.id} measured nothing, so there is nothing to choose by: it built images, and no more "
        "than tested them",
        where="--run",
        next_step="`invoke matrix` measures; `invoke runs` lists what is archived",
    )
