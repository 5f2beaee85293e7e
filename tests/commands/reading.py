"""The commands that read archived runs and start nothing, each with its flags, by a name for the tests' ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from imagematrix.commands.advise import recommend
from imagematrix.commands.compare import compare
from imagematrix.commands.findings import findings
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.commands.runs import runs
from imagematrix.commands.trend import trend
from imagematrix.settings import Settings

Command = Callable[[Settings, Show], Outcome]
READING: Final[dict[str, tuple[Command, dict[str, object]]]] = {
    "runs": (runs, {}),
    "findings": (findings, {}),
    "recommend": (recommend, {}),
    "choose": (recommend, {"glibc": True, "no_shell": True, "max_download": "60MB", "max_start": "1s"}),
    "compare": (compare, {}),
    "compare in Markdown": (compare, {"format": "markdown"}),
    "trend": (trend, {}),
}
