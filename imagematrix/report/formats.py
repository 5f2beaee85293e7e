"""Every format that a report is written in, by its name.

To add one is a function and a line here.  What a format needs is imported when it is asked for: nobody pays
for a library that is not used, and two formats want one that need not be there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from imagematrix.errors import InputError
from imagematrix.model import Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """How a report becomes text, and what a file of it is called."""

    made_by: str  # "module:function", Report -> str
    suffix: str  # as the format's readers look for it: "report" and this is the file's name
    extra: str = ""  # of this package, that brings the library which the format cannot do without
    # What of a `Report` it shows beside the run and the advice: both are read from many files, and where a format
    # does without them they may be empty.
    trend: bool = False
    listings: bool = False

    def write(self, report: Report) -> str:
        """The report as text.  Raises InputError where a library is wanted that is not installed."""
        module, _, function = self.made_by.partition(":")
        try:
            make = getattr(import_module(f"imagematrix.report.{module}"), function)
        except ModuleNotFoundError as error:
            if not self.extra:
                raise
            raise InputError(
                f"this format needs the module {error.name}, which is not installed",
                where=f"--format {module}",
                next_step=f'pip install "imagematrix[{self.extra}]"',
            ) from error
        text = cast(Callable[[Report], str], make)(report)
        return text if text.endswith("\n") else f"{text}\n"


FORMATS: Final[Mapping[str, Format]] = {
    "terminal": Format(made_by="whole_run:plain_view", suffix=".txt"),
    "picture": Format(made_by="picture:picture", suffix=".svg"),
    "markdown": Format(made_by="markdown:markdown", suffix=".md"),
    "html": Format(made_by="page:page", suffix=".html", trend=True, listings=True),
    "json": Format(made_by="json_:report_text", suffix=".json", trend=True),
    "csv": Format(made_by="csv_:csv_table", suffix=".csv"),
    "junit": Format(made_by="junit:junit", suffix=".junit.xml"),
    "sbom": Format(made_by="sbom:sbom", suffix=".cdx.json", extra="sbom"),
    "sarif": Format(made_by="sarif:sarif", suffix=".sarif"),
}
