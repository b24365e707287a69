"""Figures are SVGs that a parser accepts, with every point where it belongs."""

import xml.etree.ElementTree as ElementTree

from bcb.bench.figure import Line, Panel, svg

SVG = "{http://www.w3.org/2000/svg}"


def test_a_straight_line_over_two_logarithmic_axes_is_straight():
    root = ElementTree.fromstring(svg([Panel("a < b", "x", "y", [Line("one", [(100, 10), (1, 0.1), (10, 1)])])]))
    dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in root.iter(f"{SVG}circle")]
    (x0, y0), (x1, y1), (x2, y2) = dots
    assert x0 < x1 < x2
    assert y0 > y1 > y2
    assert abs(x1 - (x0 + x2) / 2) < 0.2
    assert abs(y1 - (y0 + y2) / 2) < 0.2
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"a < b", "one", "0.1", "100"} <= set(texts)


def test_a_name_has_one_colour_in_all_panels_and_nothing_to_draw_is_no_error():
    panels = [
        Panel(str(i), "x", "y", [Line(name, [(1, 1)]) for name in names]) for i, names in enumerate(("ab", "b", ""))
    ]
    root = ElementTree.fromstring(svg(panels))
    colours = [dot.get("fill") for dot in root.iter(f"{SVG}circle")]
    assert colours[0] != colours[1] == colours[2]
