"""The only writer of results/: one folder a run, `<id>/run.json` with its logs beside it.

A record is written under a temporary name, synced and renamed, after every variant: what is on disk is
always whole, and says "interrupted" until the run has ended otherwise.  The files of the images lie in
`files/`, once an image, whichever runs it is in.
"""

from imagematrix.archive.complete import lacks
from imagematrix.archive.folder import RunFolder, goes_on, in_progress, open_run
from imagematrix.archive.listings import listed, listing
from imagematrix.archive.names import RECORD, new_run_id
from imagematrix.archive.outlining import outlines
from imagematrix.archive.pruning import Pruned, prune
from imagematrix.archive.reading import newest_first, parse_record, read
from imagematrix.archive.references import Commit, baselines, check_readable, checked_tag, earlier, resolve

__all__ = [
    "RECORD",
    "Commit",
    "Pruned",
    "RunFolder",
    "baselines",
    "check_readable",
    "checked_tag",
    "earlier",
    "goes_on",
    "in_progress",
    "lacks",
    "listed",
    "listing",
    "new_run_id",
    "newest_first",
    "open_run",
    "outlines",
    "parse_record",
    "prune",
    "read",
    "resolve",
]
