from __future__ import annotations

from imagematrix.model import Share, Sharing
from imagematrix.report.console import Look
from imagematrix.report.sharing import sharing_table

SET = Sharing(
    union_bytes=1_250_000_000,
    variants=(
        Share(
            label="vanilla",
            bytes=1_150_000_000,
            shared_bytes=1_140_000_000,
            marginal_bytes=10_000_000,
            shared_with=(("multi-stage", 1_140_000_000),),
        ),
        Share(
            label="multi-stage",
            bytes=1_140_000_000,
            shared_bytes=1_140_000_000,
            marginal_bytes=0,
            shared_with=(("vanilla", 1_140_000_000),),
        ),
        Share(
            label="alpine",
            bytes=100_000_000,
            shared_bytes=0,
            marginal_bytes=100_000_000,
            shared_with=(),
        ),
    ),
)

SHOWN = """
 variant       layers   shared    alone  in common with
 ───────────────────────────────────────────────────────────
 vanilla      1.15 GB  1.14 GB  10.0 MB  multi-stage 1.14 GB
 multi-stage  1.14 GB  1.14 GB      0 B  vanilla 1.14 GB
 alpine        100 MB      0 B   100 MB  none

 together on one host: 1.25 GB, each layer once; apart: 2.39 GB
 alone: what adding the variant last costs, and removing it saves
"""


def test_it_shows_the_whole_set() -> None:
    assert sharing_table(SET, look=Look(width=120, color=False)) == SHOWN
