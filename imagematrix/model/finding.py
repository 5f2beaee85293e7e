"""What is amiss with an image, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    HIGH = "high"  # it breaks, or will
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is amiss, the measurement that shows it, and the remedy."""

    rule: str  # "addon-libc": the same for every finding of its kind
    severity: Severity
    text: str  # one sentence: what, where
    remedy: str  # one sentence
    measurement: str  # the name of the measurement that it rests on
    file: str = ""  # a Dockerfile, as `Instruction.file`; "" where it is about no line of one
    line: int = 0  # from 1; 0 with no file
    accepted: str = ""  # why the matrix file accepts it; "" where it does not
