"""The page in a real browser, and held against an HTML checker."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from imagematrix.model import Listing, Places, Report
from imagematrix.report.page import page
from tests.integration.browser import SWITCHES, chromium, tidy
from tests.report.page.made_report import bare, hostile, listing, report, variant

pytestmark = pytest.mark.integration

# Tidy 5.6 takes the title of a picture for the document's.
KNOWN = '<title> proprietary attribute "id"'


def four() -> Report:
    """As large as a deep run of this repository's own matrix: 28,000 files in an image."""
    made = report(
        *(variant(label, own_bytes=n * 9_000_000, start=n / 10) for n, label in enumerate("abcd", 1))
    )
    files = tuple(each._replace(path=f"/part{n}{each.path}") for n in range(95) for each in listing().files)
    large = Listing(config_digest=listing().config_digest, files=tuple(sorted(files)))
    return replace(made, listings=dict.fromkeys(made.listings, large))


def twelve() -> Report:
    """Four variants on three axis values each: those of one are all but alike."""
    return report(
        *(
            variant(f"{name}-node{node}", own_bytes=n * 90_000_000 + node * 10**6, start=n / 10 + node / 1000)
            for n, name in enumerate(("distroless", "alpine", "multi-stage", "vanilla"), 1)
            for node in (20, 22, 24)
        )
    )


@pytest.fixture(scope="module")
def browser(places: Places) -> Iterator[Browser]:
    program = chromium(places.cache)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program.path), env=dict(program.environment), args=list(SWITCHES)
        )
        yield browser
        browser.close()


class Opened:
    """A page that was opened, with all that it said and asked for."""

    def __init__(
        self, browser: Browser, file: Path, *, scheme: Literal["light", "dark"] = "light", **more: object
    ):
        self.context = browser.new_context(color_scheme=scheme, **more)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def written(folder: Path, made: Report) -> Path:
    file = folder / "report.html"
    file.write_text(page(made), encoding="utf-8")
    return file


@pytest.mark.parametrize("made", [four(), hostile(), bare()], ids=["four", "hostile", "bare"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_says_nothing_and_asks_for_nothing(
    browser: Browser, tmp_path: Path, made: Report, scheme: Literal["light", "dark"]
) -> None:
    file = written(tmp_path, made)
    with Opened(browser, file, scheme=scheme) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        opened.page.wait_for_timeout(100)
        assert opened.said == []
        assert [url for url in opened.asked if not url.startswith("data:")] == [file.as_uri()]


@pytest.mark.parametrize("width", [360, 820, 1400])
@pytest.mark.parametrize("made", [four(), hostile()], ids=["four", "hostile"])
def test_it_never_scrolls_sideways(browser: Browser, tmp_path: Path, made: Report, width: int) -> None:
    with Opened(browser, written(tmp_path, made), viewport={"width": width, "height": 800}) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def test_it_sorts_by_click_and_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, four())) as opened:
        table = opened.page.locator("table.main")
        names = table.locator("tbody th a")
        head = table.locator("thead th", has_text="Start-up")
        button = head.get_by_role("button")
        assert names.all_inner_texts() == ["a", "b", "c", "d"]
        button.click()
        assert (head.get_attribute("aria-sort"), names.all_inner_texts()) == (
            "ascending",
            ["a", "b", "c", "d"],
        )
        button.focus()
        opened.page.keyboard.press("Enter")
        assert (head.get_attribute("aria-sort"), names.all_inner_texts()) == (
            "descending",
            ["d", "c", "b", "a"],
        )
        table.locator("thead th", has_text="Variant").get_by_role("button").press("Space")
        assert names.all_inner_texts() == ["a", "b", "c", "d"]
        assert head.get_attribute("aria-sort") is None


def test_dark_and_light_are_switched_and_remembered(browser: Browser, tmp_path: Path) -> None:
    back = "getComputedStyle(document.body).backgroundColor"
    drawn = "getComputedStyle(document.querySelector('.chart svg path[fill]')).fill"
    with Opened(browser, written(tmp_path, four())) as opened:
        button = opened.page.get_by_role("button", name="Dark")
        assert button.get_attribute("aria-pressed") == "false"
        light = opened.page.evaluate(f"[{back}, {drawn}]")
        button.click()
        dark = opened.page.evaluate(f"[{back}, {drawn}]")
        assert light[0] == "rgb(255, 255, 255)" != dark[0]
        assert light[1] != dark[1]  # a chart takes its colours from the page
        opened.page.reload()
        assert opened.page.evaluate(f"[{back}, {drawn}]") == dark
        assert button.get_attribute("aria-pressed") == "true"


def test_a_link_to_an_image_unfolds_it(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, four())) as opened:
        opened.page.locator("table.main").get_by_role("link", name="c", exact=True).click()
        assert opened.page.locator("#image-3").evaluate("each => each.open")


def test_another_images_files_are_shown_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, four())) as opened:
        opened.page.get_by_role("radio", name="a", exact=True).press("ArrowRight")
        shown = opened.page.locator(".tab h4").all()
        assert [each.inner_text() for each in shown if each.is_visible()] == ["The files of b"]


def test_it_is_whole_without_scripts(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, four()), java_script_enabled=False) as opened:
        assert opened.page.locator("table.main tbody tr").count() == 4
        assert not opened.page.locator("#theme").is_visible()
        opened.page.locator("#image-1 > summary").click()
        assert opened.page.locator("#image-1 .layers").is_visible()
        opened.page.locator("label", has_text="d").last.click()
        assert opened.page.get_by_role("heading", name="The files of d").is_visible()


def test_on_paper_what_is_folded_stays_so_and_is_told_and_no_button_is_left(
    browser: Browser, tmp_path: Path
) -> None:
    with Opened(browser, written(tmp_path, four()), scheme="dark", java_script_enabled=False) as opened:
        opened.page.emulate_media(media="print")
        assert not opened.page.locator("#image-4 .layers").is_visible()
        assert opened.page.locator("table.main").is_visible()
        assert opened.page.get_by_text("parts of the page were folded and are not printed").is_visible()
        assert not opened.page.locator("nav").is_visible()
        assert opened.page.locator(".tab h4").first.is_visible()
        assert not opened.page.locator(".tab h4").last.is_visible()
        opened.page.emulate_media(media="screen")
        opened.page.locator("#image-4 > summary").click()
        opened.page.emulate_media(media="print")
        assert opened.page.locator("#image-4 .layers").is_visible()
        back = opened.page.evaluate("getComputedStyle(document.documentElement).colorScheme")
        assert back == "light"
        assert opened.page.pdf(format="A4").startswith(b"%PDF")


def test_twelve_variants_fit_on_paper(browser: Browser, tmp_path: Path) -> None:
    paper = {"width": 700, "height": 1000}  # A4 less its margins, in CSS pixels
    with Opened(browser, written(tmp_path, twelve()), viewport=paper) as opened:
        opened.page.emulate_media(media="print")
        opened.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 700


@pytest.mark.parametrize("width", [1280, 390])
def test_names_of_twelve_variants_do_not_hide_one_another(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    screen = {"width": width, "height": 900}
    with Opened(browser, written(tmp_path, twelve()), viewport=screen) as opened:
        shown = ".chart.wide" if width > 760 else ".chart.narrow"
        field = opened.page.locator(".panel", has_text="against start-up").first.locator(f"{shown} svg")
        names = field.locator("text", has_text="-node").all()
        boxes = [box for name in names if (box := name.bounding_box())]
        assert len(boxes) == 12
        for one, other in combinations(boxes, 2):
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            # A line's box is higher than its letters.
            over = abs(one["y"] - other["y"]) >= 0.8 * min(one["height"], other["height"])
            assert beside or over, (one, other)


def test_everything_that_is_operated_has_a_name(browser: Browser, tmp_path: Path) -> None:
    with Opened(browser, written(tmp_path, four())) as opened:
        told = opened.page.locator("body").aria_snapshot()
        lines = [line.strip(" -:") for line in told.splitlines()]
        assert [lines.count(name) for name in ("banner", "main", "contentinfo")] == [1, 1, 1]
        nameless = [
            line for line in told.splitlines() if line.strip() in ("- button", "- link", "- img", "- radio")
        ]
        assert nameless == []


def test_it_is_made_and_drawn_in_time_and_is_small(browser: Browser, tmp_path: Path) -> None:
    page(report())  # what is loaded once
    start = time.perf_counter()
    file = written(tmp_path, four())
    made = time.perf_counter() - start
    with Opened(browser, file) as opened:
        loaded = opened.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")
    assert made < 2
    assert 0 < loaded < 2
    assert file.stat().st_size < 1_500_000


@pytest.mark.parametrize("made", [four(), hostile(), bare()], ids=["four", "hostile", "bare"])
def test_the_checker_has_nothing_against_it(places: Places, tmp_path: Path, made: Report) -> None:
    program = tidy(places.cache)
    file = written(tmp_path, made)
    command = [str(program.path), "-q", "-e", "--show-warnings", "yes", str(file)]
    done = subprocess.run(command, env=program.environment, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if line and KNOWN not in line] == []


def test_the_checker_can_object(places: Places, tmp_path: Path) -> None:
    program = tidy(places.cache)
    file = tmp_path / "wrong.html"
    file.write_text(page(bare()).replace("</h2>", "</h3>", 1), encoding="utf-8")
    command = [str(program.path), "-q", "-e", str(file)]
    done = subprocess.run(command, env=program.environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
