"""What a record tells under a name, be it there or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from imagematrix.model import Cell, How, Measurement, Result, Table, unavailable

# Figures of which each single measurement is kept, and where.
EACH: Final[Mapping[str, str]] = {"start_seconds": "start_each_seconds"}


def told(result: Result) -> Mapping[str, Measurement]:
    """The measurements by name; the image's own bytes are among them, measured or not."""
    found = {measurement.name: measurement for measurement in result.measurements}
    image = result.image
    if image is not None and "unpacked_bytes" not in found:
        method = "sum of all layers' file content"
        own = Measurement(
            name="unpacked_bytes",
            unit="bytes",
            how=image.bytes_how,
            reason=method,
            value=image.unpacked_bytes,
        )
        found = {own.name: own, **found}
    return found


def under(result: Result, name: str, *, unit: str = "") -> Measurement:
    """The measurement of this name; unavailable where the record has none."""
    none = "there is no image" if result.image is None else "this run did not measure it"
    why = result.not_reached or none
    return told(result).get(name) or unavailable(name, why, unit=unit)


def samples(result: Result, figure: str) -> tuple[float, ...]:
    """The single measurements that a figure of `EACH` is the median of; () of any other, or where none is kept."""
    kept = told(result).get(EACH.get(figure, ""))
    if kept is None or not kept.measured or not isinstance(kept.value, tuple):
        return ()
    return tuple(float(each) for each in kept.value)


def rows(measurement: Measurement) -> tuple[tuple[Cell, ...], ...]:
    """The rows of a table; () where there is nothing of the kind.  Call it for tables that are known alone."""
    return measurement.value.rows if isinstance(measurement.value, Table) else ()


def known(measurement: Measurement) -> bool:
    """Measured, or known not to be there."""
    return measurement.measured or measurement.how is How.NOT_APPLICABLE
