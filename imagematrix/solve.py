"""BuildKit's progress, read: which steps ran, how long, what was cached, what failed.

buildx prints one SolveStatus object after another (`--progress=rawjson`): on one line each, or indented
over several by older versions; the plain lines between and after them are its own errors.  A step is a
vertex, named by its digest; it is told about more than once and its latest state counts.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from imagematrix.text import one_line

_LAST_LINES = 12  # of a failed step, for the message; the log has them all
_BOOTING = "[internal] booting buildkit"
_BOOTED = (
    "the engine did not let buildx through to its BuildKit (POST /grpc), and buildx was ended before it starts one "
    "of its own; should that have come to be, `docker rm -f -v buildx_buildkit_default` removes it"
)
_SENDING = "transferring context"  # BuildKit's name for what `[internal] load build context` does
_MAX_LINE = 2000  # characters of one log line in a message


@dataclass(slots=True)
class _Vertex:
    name: str = ""
    started: datetime | None = None
    completed: datetime | None = None
    cached: bool = False
    error: str = ""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    open_on: object = None  # the stream of the last of them, where that has not come to its end

    @property
    def is_instruction(self) -> bool:
        """Whether this is a line of the Dockerfile that does work, and so may or may not be cached."""
        plumbing = ("[internal]", "[auth]", "[context ")
        return self.name.startswith("[") and not self.name.startswith(plumbing) and "] FROM " not in self.name

    def take(self, text: str, stream: object) -> None:
        """Some of its output: it comes in parts, which end anywhere in a line."""
        for line in text.splitlines(keepends=True):
            before = self.last_lines.pop() if self.last_lines and self.open_on == stream else ""
            self.last_lines.append((before + one_line(line.rstrip("\r\n")[:_MAX_LINE]))[:_MAX_LINE])
            self.open_on = None if line.endswith("\n") else stream


class Solve:
    """Takes the lines of one build's progress and knows its outcome at the end."""

    def __init__(self, on_progress: Callable[[str], None]) -> None:
        self._on_progress = on_progress
        self._vertices: dict[str, _Vertex] = {}
        self._object: list[str] = []
        self._plain: deque[str] = deque(maxlen=_LAST_LINES)
        self.boots = False  # buildx is about to start a BuildKit of its own
        self.context_bytes = 0  # of the build context, as much as was sent

    @property
    def seconds(self) -> float:
        """From the first vertex's start to the last one's end, by BuildKit's clock."""
        starts = [v.started for v in self._vertices.values() if v.started]
        ends = [v.completed for v in self._vertices.values() if v.completed]
        return (max(ends) - min(starts)).total_seconds() if starts and ends else 0.0

    @property
    def cached(self) -> bool:
        """Whether every instruction that was looked at came from the cache.

        One that never started was not needed: a cached step after it served in its place.
        """
        return all(v.cached for v in self._vertices.values() if v.is_instruction and v.started)

    @property
    def begun(self) -> bool:
        """Whether the builder has told of any step."""
        return bool(self._vertices)

    @property
    def at(self) -> str:
        """The instruction that was begun last and has not ended; "" where there is none."""
        going = [
            v.name for v in self._vertices.values() if v.is_instruction and v.started and not v.completed
        ]
        return going[-1] if going else ""

    def failure(self) -> str:
        """What went wrong, for a person: the step, its last lines, BuildKit's word.  "" if unknown."""
        if self.boots:
            return _BOOTED
        word = self._plain[-1].removeprefix("ERROR: ") if self._plain else ""
        for vertex in self._vertices.values():
            if vertex.error and vertex.name:
                lines = "".join(f"\n    | {line}" for line in vertex.last_lines)
                return f"{vertex.name}: {vertex.error}{lines}"
        return word

    def feed(self, line: str) -> Iterator[str]:
        """Take one line; yield what a reader of the log should see of it."""
        # An object opens with "{" in the first column and closes with "}" in the first column, or on the
        # same line; nothing inside an indented object starts there.
        if not self._object and not line.startswith("{"):
            if line.strip():
                self._plain.append(one_line(line[:_MAX_LINE]))
                yield line
            return
        self._object.append(line)
        closes = line.startswith("}") or (
            len(self._object) == 1 and len(line) > 1 and line.rstrip().endswith("}")
        )
        if not closes:
            return
        text, self._object = "\n".join(self._object), []
        try:
            status = json.loads(text)
        except json.JSONDecodeError:
            yield text
            return
        yield from self._take(status)

    def _take(self, status: dict[str, list[dict[str, object]]]) -> Iterator[str]:
        for told in status.get("statuses") or ():
            sent = told.get("current")
            if str(told.get("id")).startswith(_SENDING) and isinstance(sent, int):
                self.context_bytes = max(self.context_bytes, sent)
        for told in status.get("vertexes") or ():
            yield from self._take_vertex(told)
        for told in status.get("logs") or ():
            vertex = self._vertices.setdefault(str(told.get("vertex")), _Vertex())
            text = _decode(told.get("data"))
            vertex.take(text, told.get("stream", 0))
            yield from (f"    {line}" for line in text.splitlines())

    def _take_vertex(self, told: dict[str, object]) -> Iterator[str]:
        vertex = self._vertices.setdefault(str(told.get("digest")), _Vertex())
        vertex.name = one_line(str(told.get("name") or vertex.name))
        self.boots = self.boots or vertex.name == _BOOTING
        started, completed = _time(told.get("started")), _time(told.get("completed"))
        if started and vertex.started is None:
            vertex.started = started
            yield vertex.name
            if vertex.is_instruction:
                self._on_progress(vertex.name)
        vertex.cached = vertex.cached or bool(told.get("cached"))
        if told.get("error"):
            vertex.error = one_line(str(told["error"]))
            yield f"{vertex.name}: ERROR {vertex.error}"
        if completed:
            vertex.completed = completed
            ended = "CACHED" if vertex.cached else f"done in {_seconds(vertex):.2f} s"
            yield f"{vertex.name}: {ended}"


def _seconds(vertex: _Vertex) -> float:
    if vertex.started is None or vertex.completed is None:
        return 0.0
    return (vertex.completed - vertex.started).total_seconds()


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _decode(data: object) -> str:
    try:
        return base64.b64decode(str(data or "")).decode("utf-8", errors="replace")
    except binascii.Error:
        return ""
