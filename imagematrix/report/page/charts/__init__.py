"""The page's charts: one file a chart, which says what is drawn; `draw` makes SVG of it."""
