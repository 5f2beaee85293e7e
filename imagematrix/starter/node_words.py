"""The words after `node`: its own options, the file, and the app's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Options that take the next word as their value: those of Node 20.20 and 24.19, as each tells them itself
# (internal/options, by --expose-internals), with their short and older names.  All others take none.
_WITH_VALUE: Final = frozenset(
    (
        *("--allow-fs-read", "--allow-fs-write", "--build-snapshot-config", "--conditions"),
        *("--cpu-prof-dir", "--cpu-prof-interval", "--cpu-prof-name", "--debug-port"),
        *("--diagnostic-dir", "--disable-proto", "--disable-warning", "--dns-result-order"),
        *("--env-file", "--env-file-if-exists", "--es-module-specifier-resolution"),
        *("--experimental-config-file", "--experimental-default-type", "--experimental-loader"),
        *("--experimental-policy", "--experimental-specifier-resolution"),
        *("--experimental-test-tag-filter", "--heap-prof-dir", "--heap-prof-interval"),
        *("--heap-prof-name", "--heapsnapshot-near-heap-limit", "--heapsnapshot-signal"),
        *("--icu-data-dir", "--import", "--input-type", "--inspect-port", "--inspect-publish-uid"),
        *("--loader", "--localstorage-file", "--max-http-header-size"),
        *("--max-old-space-size-percentage", "--network-family-autoselection-attempt-timeout"),
        *("--openssl-config", "--policy-integrity", "--redirect-warnings", "--report-dir"),
        *("--report-directory", "--report-filename", "--report-signal", "--require", "--secure-heap"),
        *("--secure-heap-min", "--security-revert", "--security-reverts", "--snapshot-blob"),
        *("--test-concurrency", "--test-coverage-branches", "--test-coverage-exclude"),
        *("--test-coverage-functions", "--test-coverage-include", "--test-coverage-lines"),
        *("--test-global-setup", "--test-isolation", "--test-name-pattern", "--test-random-seed"),
        *("--test-reporter", "--test-reporter-destination", "--test-rerun-failures", "--test-shard"),
        *("--test-skip-pattern", "--test-timeout", "--title", "--tls-cipher-list", "--tls-keylog"),
        *("--trace-event-categories", "--trace-event-file-pattern", "--trace-require-module"),
        *("--unhandled-rejections", "--use-largepages", "--v8-pool-size", "--watch-kill-signal"),
        *("--watch-path", "-C", "-r"),
    )
)
# Takes the next word in Node 24, and did not in 20.
_WITH_VALUE_OR_NOT: Final = "--stack-trace-limit"
# With these Node runs no file, or does something else with it.
_NO_FILE: Final = frozenset(
    (
        *("--build-snapshot", "--check", "--completion-bash", "--eval", "--experimental-sea-config"),
        *("--help", "--interactive", "--print", "--prof-process", "--run"),
        *("--test", "--v8-options", "--version", "-c", "-e", "-h", "-i", "-p", "-pe", "-v", "-"),
    )
)
# These load a module before the file.
_LOADING: Final = ("-r", "--require", "--import", "--loader", "--experimental-loader")
# What no image should have, and what is for development.
ENV_FILES: Final = ("--env-file", "--env-file-if-exists")
_LEFT_OUT: Final = (*ENV_FILES, "--watch", "--watch-path", "--watch-preserve-output", "--watch-kill-signal")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeWords:
    """A start of one file."""

    words: tuple[str, ...]  # options, file and arguments, less what was left out
    file: str  # as it is written
    modules: tuple[str, ...]  # that are loaded before it
    left_out: tuple[str, ...]  # names of options


def node_words(words: Sequence[str]) -> NodeWords | None:
    """`words` come after `node`; None where these do not run one file."""
    kept: list[str] = []
    left_out: list[str] = []
    modules: list[str] = []
    rest = list(words)
    while rest:
        name, equals, value = rest[0].partition("=")
        # Node takes `_` for `-` in the name of an option.
        name = name.replace("_", "-")
        if name in _NO_FILE or rest[0] in ("inspect", _WITH_VALUE_OR_NOT):
            return None
        if rest[0] == "--":
            kept.append(rest.pop(0))
            break
        if not rest[0].startswith("-"):
            break
        count = 2 if name in _WITH_VALUE and not equals else 1
        option, rest = rest[:count], rest[count:]
        if len(option) < count:
            return None
        if name in _LOADING:
            modules.append(value if equals else option[1])
        if name in _LEFT_OUT:
            left_out.append(name)
        else:
            kept += option
    if not rest or not rest[0]:
        return None
    return NodeWords(
        words=(*kept, *rest),
        file=rest[0],
        modules=tuple(modules),
        left_out=tuple(dict.fromkeys(left_out)),
    )
