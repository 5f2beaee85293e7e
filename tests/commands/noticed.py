"""Progress that a test can read: what a command tells beside its result."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from imagematrix.model import StepEvent


class Noticed:
    """Keeps the notices, each a line on standard error; there are no steps to be told of."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: StepEvent) -> None:
        raise AssertionError(f"nothing is measured here, and yet: {event}")

    def notice(self, text: str) -> None:
        self.lines.append(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
