"""What a matrix expects of an image, held against what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from imagematrix.model import Expectation, Measurement


def broken(expectations: Sequence[Expectation], measurements: Sequence[Measurement]) -> list[str]:
    """One sentence for each expectation that is not met: what was expected and what was found."""
    found = {measurement.name: measurement for measurement in measurements}
    sentences = (_broken(expectation, found.get(expectation.measurement)) for expectation in expectations)
    return [sentence for sentence in sentences if sentence]


def _broken(expectation: Expectation, found: Measurement | None) -> str:
    """How an expectation is not met; "" when it is.  Lists are compared whatever their order."""
    name, wanted = expectation.measurement, expectation.value
    if found is None:
        return f"expected {name} to be {_shown(wanted)}, but nothing of that name is measured"
    if not found.measured:
        return f"expected {name} to be {_shown(wanted)}, but it is {found.how}: {found.reason}"
    if isinstance(found.value, tuple):
        wanted_words = (wanted,) if isinstance(wanted, str) else wanted
        met = sorted(found.value) == sorted(wanted_words)
    else:
        met = str(found.value) == wanted
    return "" if met else f"expected {name} to be {_shown(wanted)}, found {_shown(found.value)}"


def _shown(value: object) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)
