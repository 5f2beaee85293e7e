"""findings: what is amiss with the images of an archived run."""

from __future__ import annotations

from collections.abc import Sequence

from imagematrix.commands.outcome import Outcome, Show, as_json
from imagematrix.commands.which import concluded_from
from imagematrix.errors import InputError
from imagematrix.model import Result, Run
from imagematrix.record import finding_json
from imagematrix.report.findings import findings_view, hidden_secrets_note, stand_in_note
from imagematrix.settings import Settings
from imagematrix.text import is_called
from imagematrix.verdicts.unseen import hidden_secrets_unsought


def findings(settings: Settings, show: Show) -> Outcome:
    """As they are archived: the exit code is 0 whatever they are, a budget is what fails a run.

    Raises InputError where there is no such run, or no such variant in it.
    """
    run = concluded_from(settings, show, settings.run)
    chosen = _chosen(run, settings.variants)
    if show.json:
        variants = [
            {"label": result.label, "findings": [finding_json(each) for each in result.findings]}
            for result in chosen
        ]
        return Outcome(text=as_json({"run": run.id, "variants": variants}))
    unsought = [result for result in chosen if hidden_secrets_unsought(result)]
    return Outcome(
        text=findings_view(chosen, look=show.look)
        + stand_in_note(chosen, look=show.look)
        + hidden_secrets_note(unsought, of=chosen, look=show.look)
    )


def _chosen(run: Run, patterns: Sequence[str]) -> list[Result]:
    """Those whose name or label fits one of the patterns; all where there are none."""
    for pattern in patterns:
        if not any(is_called(pattern, result.name, result.label) for result in run.results):
            raise InputError(
                f"the run {run.id} has no variant {pattern!r}",
                where="--variant",
                next_step=f"it has {', '.join(result.label for result in run.results)}",
            )
    return [
        result
        for result in run.results
        if not patterns or any(is_called(each, result.name, result.label) for each in patterns)
    ]
