"""What is amiss with an image, told from its figures alone: a rule a function, a theme a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from imagematrix.model import Acceptance, Finding, Result, Severity
from imagematrix.verdicts.findings import bases, context, running, shipped, waste

__all__ = ["RULES", "findings"]

_Rule = Callable[[Result], Iterator[Finding]]

# To add a rule is a function and a line here: what it calls its findings, and the function.
_RULES: Final[tuple[tuple[tuple[str, ...], _Rule], ...]] = (
    (("secret-file",), context.secret_file),
    (("pid1-wrapper",), running.pid1_wrapper),
    (("stop-killed",), running.stop_killed),
    (("healthcheck-cannot-run",), running.healthcheck_cannot_run),
    (("runs-as-root",), running.runs_as_root),
    (("node-end-of-life", "os-end-of-life"), bases.ended),
    (("waste",), waste.waste),
    (("join-runs",), waste.join_runs),
    (("dev-dependencies",), shipped.dev_dependencies),
    (("build-tools",), shipped.build_tools),
    (("package-managers",), shipped.package_managers),
    (("headers",), shipped.headers),
    (("caches",), shipped.caches),
    (("context-leftovers",), context.context_leftovers),
    (("base-not-pinned",), bases.base_not_pinned),
)
# Found while the image is read: image/addons.py.
_ADDONS: Final = (
    "addon-file",
    "addon-machine",
    "addon-libc",
    "addon-glibc-version",
    "addon-library",
    "addon-load",
)
_OWN: Final = frozenset(name for names, _ in _RULES for name in names)
# All that a matrix file may accept.
RULES: Final = (*_ADDONS, *(name for names, _ in _RULES for name in names))
_ORDER: Final = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def findings(result: Result, accept: Sequence[Acceptance]) -> tuple[Finding, ...]:
    """Those that the result has from the reading of its image, and all rules', the most severe first.

    Those of an accepted rule are marked with the reason, and kept.  What the rules found before is found anew.
    """
    reasons = {each.rule: each.reason for each in accept}
    read = [finding for finding in result.findings if finding.rule not in _OWN]
    found = [*read, *(finding for _, rule in _RULES for finding in rule(result))]
    marked = [replace(finding, accepted=reasons.get(finding.rule, "")) for finding in found]
    return tuple(sorted(marked, key=lambda finding: _ORDER.index(finding.severity)))
