"""The smoke test of an image that is no server: does one command end as it should?"""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Final

import docker
import requests
from docker.errors import APIError
from docker.models.containers import Container

from imagematrix.container import last_lines
from imagematrix.creation import create_container
from imagematrix.errors import Interrupted, StepError
from imagematrix.limits import MEMORY
from imagematrix.model import (
    CommandAnswer,
    CommandSmoke,
    Measurement,
    Step,
    exact,
    not_applicable,
)
from imagematrix.removal import remove

MAX_OUTPUT_BYTES: Final = 1 << 20  # that is read; a command that writes more fails
# One file alone has room for more than is read, were each byte a line of its own, some 80 bytes of JSON.
_LOG_OPTIONS: Final = {"max-size": "100m", "max-file": "2"}
_SHOWN: Final = 300  # characters of the output's end in a message
_TICK_SECONDS: Final = 0.5  # longest wait for the end before the deadline and the stop request are looked at


def run_command(
    client: docker.DockerClient,
    image_ref: str,
    expected: CommandSmoke,
    *,
    env: Mapping[str, str],
    labels: Mapping[str, str],
    stop: threading.Event,
) -> CommandAnswer:
    """Run the command in a fresh container without a network, and judge how it ends.

    The container is removed, whatever happens.  Raises StepError where the command cannot be started, takes
    too long or ends otherwise than expected; Interrupted when `stop` is set meanwhile.
    """
    container = create_container(
        client,
        image_ref,
        entrypoint=[expected.command[0]],
        command=list(expected.command[1:]),
        environment=dict(env),
        labels=labels,
        log_config=docker.types.LogConfig(type="json-file", config=_LOG_OPTIONS),
        network_mode="none",
    )
    words = shlex.join(expected.command)
    try:
        try:
            begun = time.monotonic()
            container.start()
        except APIError as error:
            raise StepError(Step.SMOKE, f"`{words}` cannot be started: {error.explanation}") from error
        exit_code = _exit_code(container, begun + expected.timeout_seconds, stop)
        seconds = time.monotonic() - begun
        output = _output(container)
        if exit_code is None:
            within = f"`{words}` has not ended within {expected.timeout_seconds:g} s of the start"
            raise StepError(Step.SMOKE, within + _tail(output))
        container.reload()
        if container.attrs["State"]["OOMKilled"]:
            raise StepError(Step.SMOKE, f"`{words}` ran out of memory ({MEMORY}){_tail(output)}")
        judge(exit_code, output, expected)
        return CommandAnswer(exit_code=exit_code, seconds=round(seconds, 6))
    finally:
        remove(container)


def measured(answer: CommandAnswer) -> tuple[Measurement, ...]:
    """`command_exit_code` and `command_seconds` of a passed smoke test; no `first_response_seconds`."""
    method = "one run: from the start call until the engine said that the command had ended"
    reason = "the smoke test runs a command: there is no server to answer"
    return (
        exact(
            "command_exit_code",
            answer.exit_code,
            unit="exit code",
            method="one run of the smoke test's command",
        ),
        exact("command_seconds", answer.seconds, unit="seconds", method=method),
        not_applicable("first_response_seconds", reason, unit="seconds"),
    )


def judge(exit_code: int, output: bytes, expected: CommandSmoke) -> None:
    """Compare an end with what was expected; StepError names the first difference."""
    words = shlex.join(expected.command)
    if exit_code != expected.exit_code:
        wanted = f"expected exit code {expected.exit_code}, got {exit_code}"
        raise StepError(Step.SMOKE, f"`{words}`: {wanted}{_tail(output)}")
    if len(output) > MAX_OUTPUT_BYTES:
        raise StepError(Step.SMOKE, f"`{words}` writes more than {MAX_OUTPUT_BYTES} bytes")
    text, rule = output.decode("utf-8", errors="replace").rstrip("\r\n"), expected.output
    if rule.kind == "equals" and text != rule.text.rstrip("\r\n"):
        raise StepError(Step.SMOKE, f"`{words}`: expected the output {rule.text!r}{_tail(output)}")
    if rule.kind == "contains" and rule.text not in text:
        raise StepError(Step.SMOKE, f"`{words}`: expected an output with {rule.text!r} in it{_tail(output)}")


def _exit_code(container: Container, deadline: float, stop: threading.Event) -> int | None:
    """The exit code as soon as the command has ended; None where it still runs when the time is up."""
    while True:
        left = deadline - time.monotonic()
        try:
            return int(container.wait(timeout=min(_TICK_SECONDS, max(0.001, left)))["StatusCode"])
        except (requests.ReadTimeout, requests.ConnectionError):
            container.reload()  # raises what is amiss where it is not the time that ran out
        if stop.is_set():
            raise Interrupted
        if left < 0:
            return None


def _output(container: Container) -> bytes:
    """Standard output and after it standard error, read up to a bound: how the two mix is left to chance."""
    kept = bytearray()
    for stream in ("stdout", "stderr"):
        wanted = {"stdout": stream == "stdout", "stderr": stream == "stderr"}
        with closing(container.logs(**wanted, stream=True, follow=False)) as chunks:
            for chunk in chunks:
                kept += chunk
                if len(kept) > MAX_OUTPUT_BYTES:
                    break
    return bytes(kept)


def _tail(output: bytes) -> str:
    shown = output.decode("utf-8", errors="replace").rstrip()[-_SHOWN:]
    lines = last_lines(shown.encode())
    return "".join(f"\n    | {line}" for line in lines) or "; it wrote nothing"
