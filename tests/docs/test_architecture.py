"""The picture is drawn from its text source and is current."""

import importlib.util
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def draw():
    """The script that draws it, as a module."""
    spec = importlib.util.spec_from_file_location("draw_architecture", DOCS / "draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_picture_is_current(draw, tmp_path):
    """Otherwise: `make docs`, and commit what it changed."""
    (tmp_path / "architecture.toml").write_bytes((DOCS / "architecture.toml").read_bytes())
    draw.main(tmp_path)
    assert (tmp_path / "architecture.svg").read_bytes() == (DOCS / "architecture.svg").read_bytes()


def test_no_box_lies_outside_the_picture():
    """A box that is cut off cannot be read."""
    root = ET.fromstring((DOCS / "architecture.svg").read_bytes())  # noqa: S314  our own file
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for box in root.iter(f"{SVG}rect"):
        at = {name: float(box.attrib.get(name, 0)) for name in ("x", "y", "width", "height")}
        assert at["x"] + at["width"] <= width
        assert at["y"] + at["height"] <= height
