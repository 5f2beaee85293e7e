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
 ────────────────────────────────────────────────────────────
 vanilla      1.15 GB  1.14 GB  10.0 MB  1.14 GB: multi-stage
 multi-stage  1.14 GB  1.14 GB      0 B  1.14 GB: vanilla
 alpine        100 MB      0 B   100 MB  none

 together on one host: 1.25 GB, each layer once; apart: 2.39 GB
 alone: what adding the variant last costs, and removing it saves
"""


def test_it_shows_the_whole_set() -> None:
    assert sharing_table(SET, look=Look(width=120, color=False)) == SHOWN


def test_images_are_called_so_and_what_is_only_near_is_marked() -> None:
    shown = sharing_table(SET, look=Look(width=120, color=False), of="image", near=["vanilla"])
    _, heading, _, near, exact, *_ = shown.split("\n")
    assert heading == " image          layers    shared     alone  in common with"
    assert near == " vanilla      ~1.15 GB  ~1.14 GB  ~10.0 MB  ~1.14 GB: multi-stage"
    assert exact == " multi-stage   1.14 GB   1.14 GB       0 B  1.14 GB: vanilla"
    assert "together on one host: ~1.25 GB, each layer once; apart: ~2.39 GB" in shown
    assert "what adding the image last costs" in shown


def test_those_with_the_same_bytes_in_common_are_told_together() -> None:
    many = tuple((f"v{n}", 5_000_000) for n in range(8))
    share = Share(
        label="v9",
        bytes=9_000_000,
        shared_bytes=9_000_000,
        marginal_bytes=0,
        shared_with=(("x", 9_000_000), *many),
    )
    shown = sharing_table(
        Sharing(union_bytes=9_000_000, variants=(share,)), look=Look(width=120, color=False)
    )
    assert "9.00 MB: x; 5.00 MB: v0, v1, v2, v3, v4, v5 and 2 more" in shown


def test_a_label_does_nothing_to_a_terminal() -> None:
    share = Share(label="a\x1b[2J", bytes=1, shared_bytes=1, marginal_bytes=0, shared_with=(("b\x1b[2J", 1),))
    shown = sharing_table(Sharing(union_bytes=1, variants=(share,)), look=Look(width=120, color=False))
    assert "\x1b" not in shown
