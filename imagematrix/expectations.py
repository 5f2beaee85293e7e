"""What a matrix expects of an image, held against what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagematrix.model import Expectation, Measurement

# The words and figures that a matrix may expect, so that a typo is told before anything is built.  Tables
# and times are left out: no single word says what they are.
NAMES: Final = (
    *("unpacked_bytes", "engine_bytes", "visible_bytes", "waste_bytes", "download_bytes", "own_bytes"),
    *(
        "base_system_bytes",
        "app_bytes",
        "runtime_bytes",
        "node_modules_bytes",
        "headers_bytes",
        "caches_bytes",
    ),
    *("layers", "base", "base_layers", "own_layers", "user", "entrypoint", "command"),
    *("shells", "shells_on_disk", "exec_bash", "exec_sh", "exec_node", "libc", "libc_version"),
    *("package_managers", "build_tools", "setuid_files", "executables", "dev_dependencies"),
    *("os", "os_end_of_life", "os_past_end_of_life", "node_end_of_life", "node_past_end_of_life"),
    *("node_version", "node_glibc_version", "healthcheck", "healthcheck_can_run"),
    *("packages_dpkg_count", "packages_apk_count", "packages_npm_count"),
    *("stop_signal", "stop_exit_code", "stop_pid1", "stop_verdict", "stop_init_exit_code", "stop_init_pid1"),
    *("stop_init_verdict", "command_exit_code"),
    *("hardening_read_only", "hardening_non_root", "hardening_no_capabilities", "hardening_no_network"),
)


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
