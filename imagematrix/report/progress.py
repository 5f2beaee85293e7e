"""Progress on the way: one live line a subject on a terminal, one plain line a finished step elsewhere."""

from __future__ import annotations

import io
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from imagematrix.model import Step, StepEvent
from imagematrix.text import one_line
from imagematrix.units import duration

# Columns of a live line: who, in which step, for how long.
_WHO, _STEP, _TOOK = 36, 7, 10
_MARKS = {"done": ("ok", "green"), "failed": ("failed", "bold red")}


class Progress(Protocol):
    """Takes events from any thread, and notices; a context manager."""

    def __call__(self, event: StepEvent) -> None: ...
    def notice(self, text: str) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress(console: Console) -> Progress:
    """What suits the place that the console writes to."""
    return (
        LiveProgress(console)
        if console.is_terminal and not console.is_dumb_terminal
        else PlainProgress(console)
    )


class _Unheeded(io.TextIOBase):
    """A stream that need not be read: what it does not take is lost, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def write(self, text: str) -> int:
        with suppress(OSError):  # closed at its other end, a full disk
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


def stderr_console(*, color: bool) -> Console:
    """Standard error, where all that is not the result goes; nowhere where there is none."""
    # For rich, no stream is standard output, and that is the result's alone.
    stream = io.StringIO() if sys.stderr is None else _Unheeded(sys.stderr)
    return Console(
        file=cast(TextIO, stream),
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


class PlainProgress:
    """One line when a step ends, or when there is something to be told.

    What is done about a base image is told as it comes: making one takes minutes, and there is nothing else
    to be seen meanwhile.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()

    def __call__(self, event: StepEvent) -> None:
        going_on = event.state == "notice" or (event.state == "note" and event.step == Step.BASE)
        if event.state not in _MARKS and not going_on:
            return
        mark = "" if going_on else _MARKS[event.state][0]
        took = f"{duration(event.seconds) if event.seconds else '':>9}"
        with self._lock:
            line = (
                f"{one_line(event.subject):<{_WHO}} {event.step:<8} {mark:<6} {took}  {_first(event.detail)}"
            )
            self._console.print(line.rstrip())

    def notice(self, text: str) -> None:
        with self._lock:
            self._console.print(one_line(text))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class LiveProgress:
    """A table that is drawn anew while it runs: each subject with the step it is in and for how long."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._latest: dict[str, tuple[StepEvent, float]] = {}
        self._live = Live(get_renderable=self._draw, console=console, refresh_per_second=8, transient=True)

    def __call__(self, event: StepEvent) -> None:
        if event.state == "notice":
            self.notice(f"{event.subject}: {event.detail}")
            return
        with self._lock:
            before, since = self._latest.get(event.subject, (None, 0.0))
            if before is None or before.step != event.step or event.state == "started":
                since = time.monotonic()
            self._latest[event.subject] = (event, since)

    def notice(self, text: str) -> None:
        self._console.print(one_line(text))

    def _draw(self) -> Table:
        with self._lock:
            rows = list(self._latest.values())
        who = min(max((len(one_line(event.subject)) for event, _ in rows), default=0), _WHO)
        table = Table.grid(padding=(0, 2, 0, 0))
        for width in (1, who, _STEP, _TOOK, max(0, self._console.width - who - _STEP - _TOOK - 10)):
            table.add_column(no_wrap=True, overflow="ellipsis", width=width)
        for event, since in rows:
            ended = _MARKS.get(event.state)
            mark = Text("●", ended[1]) if ended else Spinner("dots", style="cyan")
            took = event.seconds if ended else time.monotonic() - since
            shown = duration(took) if took else ""
            table.add_row(
                mark,
                Text(one_line(event.subject), "bold"),
                event.step,
                shown,
                Text(_first(event.detail), "dim"),
            )
        return table

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def _first(detail: str) -> str:
    """The first line alone, in which nothing that a build printed does anything."""
    return one_line(detail.split("\n", 1)[0])
