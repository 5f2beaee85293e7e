"""The pictures of the README, made from the latest archived run: python docs/pictures/make.py

The terminal is drawn by `invoke report --format picture`; the page is `--format html` as a browser shows it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, so that `tests` is not on the path

from imagematrix import settings  # noqa: E402
from tests.integration.browser import SWITCHES, chromium  # noqa: E402

_SIZE: Final = (1200, 1500)  # of the page's picture, in CSS pixels


def main() -> None:
    report("picture", HERE / "terminal.svg")
    browser = chromium(settings.resolve({}, {}).cache)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        page_file = Path(folder) / "page.html"
        report("html", page_file)
        running = started.chromium.launch(
            executable_path=str(browser.path), args=list(SWITCHES), env=dict(browser.environment)
        )
        page = running.new_page(viewport={"width": _SIZE[0], "height": _SIZE[1]})
        page.goto(page_file.as_uri())
        page.screenshot(path=str(HERE / "page.png"))
        running.close()


def report(name: str, path: Path) -> None:
    invoke = str(Path(sys.executable).parent / "invoke")
    subprocess.run([invoke, "report", f"--format={name}", f"--output={path}"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
