from __future__ import annotations

import re

import pytest

from imagematrix.report.page.charts.draw import Chart, Drawing, Spec, can_draw, draw


def made(values: list[dict[str, object]], title: str = "Bars") -> Chart:
    def spec(width: int) -> Spec:
        return {
            "width": width,
            "data": {"values": values},
            "mark": "bar",
            "encoding": {
                "x": {"field": "b", "type": "quantitative"},
                "y": {"field": "a", "type": "nominal"},
                "color": {"value": "var(--green)"},
                "description": {"field": "a"},
            },
        }

    return draw(
        Drawing(
            name="bars", title=title, description="two <b>", language="vega-lite", spec=spec, widths=(200, 90)
        )
    )


def test_the_extra_is_here() -> None:
    assert can_draw()


def test_a_picture_has_title_and_description_and_ids_of_its_own() -> None:
    chart = made([{"a": "x", "b": 1}], title="Bars & <more>")
    assert chart.wide.startswith('<svg viewBox="')
    assert '<title id="bars-200-title">Bars &amp; &lt;more&gt;</title>' in chart.wide
    assert '<desc id="bars-90-desc">two &lt;b&gt;</desc>' in chart.narrow
    assert 'role="img" aria-labelledby="bars-200-title bars-200-desc"' in chart.wide


def test_text_of_the_data_stays_text() -> None:
    svg = made([{"a": "</svg><script>x</script>", "b": 1}]).wide
    assert svg.count("</svg>") == 1
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize("gone", [r"\sstyle=", r"\saria-label=", r"xmlns", r"\sclass=", r'width="200"'])
def test_what_the_page_does_not_need_or_let_in_is_gone(gone: str) -> None:
    svg = made([{"a": "x", "b": 1}]).wide
    assert not re.search(gone, svg.partition(">")[0] if "width" in gone else svg)
