"""When releases of Node and of operating systems end.

Sources, as of 2026-11: Node.js, schedule.json of the Node.js release working group; Debian, debian.csv of
the package distro-info-data, column "eol-lts", the end of all support by the Debian project; Alpine, the
release branches page of the Alpine project, end of support of a branch's main repository.
"""

from __future__ import annotations

from datetime import date
from typing import Final

# By major version.
NODE: Final = {
    "4": date(2018, 4, 30),
    "5": date(2016, 6, 30),
    "6": date(2019, 4, 30),
    "7": date(2017, 6, 30),
    "8": date(2019, 12, 31),
    "9": date(2018, 6, 30),
    "10": date(2021, 4, 30),
    "11": date(2019, 6, 1),
    "12": date(2022, 4, 30),
    "13": date(2020, 6, 1),
    "14": date(2023, 4, 30),
    "15": date(2021, 6, 1),
    "16": date(2023, 9, 11),
    "17": date(2022, 6, 1),
    "18": date(2025, 4, 30),
    "19": date(2023, 6, 1),
    "20": date(2026, 4, 30),
    "21": date(2024, 6, 1),
    "22": date(2027, 4, 30),
    "23": date(2025, 6, 1),
    "24": date(2028, 4, 30),
    "25": date(2026, 6, 1),
    "26": date(2029, 4, 30),
}
# By ID and VERSION_ID of os-release, of Alpine without the patch level.
SYSTEMS: Final = {
    ("debian", "7"): date(2018, 5, 31),
    ("debian", "8"): date(2020, 6, 30),
    ("debian", "9"): date(2022, 6, 30),
    ("debian", "10"): date(2024, 6, 30),
    ("debian", "11"): date(2026, 8, 31),
    ("debian", "12"): date(2028, 6, 30),
    ("debian", "13"): date(2030, 6, 30),
    ("alpine", "3.6"): date(2019, 5, 1),
    ("alpine", "3.7"): date(2019, 11, 1),
    ("alpine", "3.8"): date(2020, 5, 1),
    ("alpine", "3.9"): date(2020, 11, 1),
    ("alpine", "3.10"): date(2021, 5, 1),
    ("alpine", "3.11"): date(2021, 11, 1),
    ("alpine", "3.12"): date(2022, 5, 1),
    ("alpine", "3.13"): date(2022, 11, 1),
    ("alpine", "3.14"): date(2023, 5, 1),
    ("alpine", "3.15"): date(2023, 11, 1),
    ("alpine", "3.16"): date(2024, 5, 23),
    ("alpine", "3.17"): date(2024, 11, 22),
    ("alpine", "3.18"): date(2025, 5, 9),
    ("alpine", "3.19"): date(2025, 11, 1),
    ("alpine", "3.20"): date(2026, 4, 1),
    ("alpine", "3.21"): date(2026, 11, 1),
    ("alpine", "3.22"): date(2027, 5, 1),
    ("alpine", "3.23"): date(2027, 11, 1),
}


def node_end(version: str) -> date | None:
    """The last day of a Node version ("24.19.0"); None where the table does not know it."""
    return NODE.get(version.removeprefix("v").partition(".")[0])


def system_end(os_id: str, version_id: str) -> date | None:
    """The last day of an operating system's release, by its os-release; None where it is not in the table."""
    release = ".".join(version_id.split(".")[:2]) if os_id == "alpine" else version_id
    return SYSTEMS.get((os_id, release))
