"""How many documents are tried, and the kept ones: whatever failed once is tried for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, settings

from tests.soak import FULL, count

_KEPT: Final = Path(__file__).parent / "kept"


def tried(bounded: int, full: int) -> settings:
    """So many documents: the same ones whenever `make test` runs, others each time in `make soak`.

    A failure prints what gives its document again (`@reproduce_failure`); what it was belongs into `kept/`.
    """
    return settings(
        max_examples=count(bounded, full),
        deadline=None,  # tests/hostile/bounds.py has the clock
        derandomize=not FULL,
        database=None,
        print_blob=True,
        # Not `explain`: it traces every line, and is no help against the clock.
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def kept(kind: str) -> list[Path]:
    """The kept documents of one kind: files in a folder of its name."""
    found = sorted((_KEPT / kind).iterdir())
    assert found, f"nothing is kept in {kind}"
    return found
