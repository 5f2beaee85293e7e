"""The users that an advice is for: what each wants, in the order in which it weighs.

Three are those of the article that this tool started from: production and security, size at any price,
development and debugging.  None knows of Alpine, distroless or Debian: what is wanted is told by figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imagematrix.verdicts import wants
from imagematrix.verdicts.wants import Want


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A figure that is to be as small, or as large, as can be."""

    measurement: str
    wish: str  # "smallest download"
    large: bool = False  # the most is the best


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One user."""

    name: str
    wants: tuple[Want, ...]  # yes or no, each weighed before the next
    amounts: tuple[Amount, ...]  # then these
    prices: tuple[Want, ...]  # what else is told of, where the choice lacks it and another variant has it
    within_budgets: bool = False  # a variant that breaks a budget of its own is not chosen


DOWNLOAD: Final = Amount(measurement="download_bytes", wish="smallest download")
UNPACKED: Final = Amount(measurement="unpacked_bytes", wish="fewest bytes unpacked")
START: Final = Amount(measurement="start_seconds", wish="fastest start-up")
MEMORY: Final = Amount(measurement="memory_idle_bytes", wish="least memory when idle")
_FEWEST_PROGRAMS: Final = Amount(measurement="executables", wish="fewest executable files")
_MOST_PROGRAMS: Final = Amount(measurement="executables", wish="most executable files", large=True)

_SAFE: Final = (
    wants.SUPPORTED,
    wants.NO_SECRETS,
    wants.NO_SHELL,
    wants.NO_PACKAGE_MANAGER,
    wants.NO_SETUID,
    wants.NOT_ROOT,
    wants.HARDENED,
    wants.STOPS_WELL,
)
_HANDY: Final = (wants.A_SHELL, wants.PACKAGE_MANAGER, wants.BUILD_TOOLS, wants.GLIBC)

PRODUCTION: Final = Profile(
    name="production and security",
    wants=(wants.ADDONS_FIT, *_SAFE),
    amounts=(_FEWEST_PROGRAMS, DOWNLOAD, UNPACKED, START),
    prices=_HANDY,
    within_budgets=True,
)
SMALLEST: Final = Profile(
    name="smallest",
    wants=(),
    amounts=(DOWNLOAD, UNPACKED, START),
    prices=(wants.ADDONS_FIT, *_HANDY, *_SAFE),
)
DEVELOPMENT: Final = Profile(
    name="development and debugging",
    wants=(wants.ADDONS_FIT, *_HANDY),
    amounts=(_MOST_PROGRAMS, START, DOWNLOAD, UNPACKED),
    prices=tuple(want for want in _SAFE if want not in (wants.NO_SHELL, wants.NO_PACKAGE_MANAGER)),
)
PROFILES: Final = (PRODUCTION, SMALLEST, DEVELOPMENT)
# Of those variants that hold one's own constraints.
YOURS: Final = Profile(
    name="your constraints",
    wants=(),
    amounts=(DOWNLOAD, UNPACKED, START),
    prices=(wants.ADDONS_FIT, *_HANDY, *_SAFE),
)
