# ruff: noqa: INP001  a script of the documentation, no package
"""Draws docs/architecture.svg from docs/architecture.toml, so that the picture is kept as text.

Run by `make docs`; a test holds that the committed picture is current. The picture has its own
background and a dark palette for viewers that ask for one.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
LINE_HEIGHT = 17
STYLE = """
text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1c2733; }
.title { font-size: 15px; font-weight: 600; }
.line { font-size: 12.5px; fill: #3d4b59; }
.label { font-size: 12px; font-style: italic; fill: #3d4b59; }
.ground { fill: #ffffff; }
.stage { fill: #e8f1fb; stroke: #2f6fb0; stroke-width: 1.5; }
.server { fill: #fdf0dc; stroke: #b9770e; stroke-width: 1.5; }
.frame { fill: #fdf7ec; stroke: #b9770e; stroke-width: 1.5; }
.folder { fill: #ffffff; stroke: #8a8f98; stroke-width: 1.2; }
.people { fill: #eaf6ec; stroke: #3b8a4c; stroke-width: 1.5; }
.arrow { stroke: #46525e; stroke-width: 1.6; fill: none; }
.dashed { stroke-dasharray: 5 4; }
.head { fill: #46525e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .line, .label { fill: #b6c2cf; }
  .ground { fill: #14181d; }
  .stage { fill: #17293d; stroke: #5a9bdc; }
  .server { fill: #3a2c12; stroke: #d79a3c; }
  .frame { fill: #231d12; stroke: #d79a3c; }
  .folder { fill: #1b2026; stroke: #7d8794; }
  .people { fill: #17301d; stroke: #63b878; }
  .arrow { stroke: #a9b4c0; }
  .head { fill: #a9b4c0; }
}
"""
MARKER = (
    '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
    ' orient="auto"><path class="head" d="M0 0L10 5L0 10z"/></marker>'
)

Table = dict[str, Any]


def drawn(source: Table) -> str:
    """Give the SVG of a parsed architecture.toml."""
    boxes = {box["id"]: box for box in source["box"]}
    width, height = source["width"], source["height"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(source['title'])}</title>",
        f"<desc>{escape(source['description'])}</desc>",
        f"<style>{STYLE}</style>",
        MARKER,
        f'<rect class="ground" width="{width}" height="{height}" rx="10"/>',
        *(_box(box) for box in source["box"]),
        *(_arrow(arrow, boxes) for arrow in source["arrow"]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(box: Table) -> str:
    x, y, w, h = box["x"], box["y"], box["w"], box["h"]
    middle = x + w / 2
    first = y + 22 if box["kind"] == "frame" else y + h / 2 - len(box["lines"]) * LINE_HEIGHT / 2 + 5
    texts = [_text("title", middle, first, box["title"])]
    texts += [
        _text("line", middle, first + number * LINE_HEIGHT + 2, line)
        for number, line in enumerate(box["lines"], 1)
    ]
    return f'<rect class="{box["kind"]}" x="{x}" y="{y}" width="{w}" height="{h}" rx="7"/>' + "".join(texts)


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="middle">{escape(text)}</text>'


def _arrow(arrow: Table, boxes: dict[str, Table]) -> str:
    (x1, y1), (x2, y2) = _point(arrow["from"], boxes), _point(arrow["to"], boxes)
    kind = "arrow dashed" if arrow.get("dashed") else "arrow"
    line = f'<path class="{kind}" d="M{x1:g} {y1:g}L{x2:g} {y2:g}" marker-end="url(#head)"/>'
    if "label" not in arrow:
        return line
    return line + _text("label", (x1 + x2) / 2 + arrow["label_dx"], (y1 + y2) / 2 + 4, arrow["label"])


def _point(place: str, boxes: dict[str, Table]) -> tuple[float, float]:
    """`box.side@place` as coordinates; a place above 1 is a pixel."""
    name, _, rest = place.partition(".")
    side, _, text = rest.partition("@")
    box, along = boxes[name], float(text or 0.5)
    if side in ("left", "right"):
        y = along if along > 1 else box["y"] + box["h"] * along
        return box["x"] + (box["w"] if side == "right" else 0), y
    x = along if along > 1 else box["x"] + box["w"] * along
    return x, box["y"] + (box["h"] if side == "bottom" else 0)


def main(folder: Path) -> None:
    """Draw the picture of `folder`."""
    source = tomllib.loads((folder / "architecture.toml").read_text(encoding="utf-8"))
    (folder / "architecture.svg").write_text(drawn(source), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
