from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).parents[2] / "pictures" / "draw.svg"


def test_readme_picture(cli: Callable[..., Any], configs: Path, monkeypatch: Any) -> None:
    """The drawing in the README is what the tool draws.

    To draw it anew: ``nncli draw configs/iris.yaml -o tests/pictures/draw.svg --row 50 --highlight 0:1``.
    """
    monkeypatch.chdir(configs.parent)
    drawn = cli("draw", "configs/iris.yaml", "-o", "-", "--row", 50, "--highlight", "0:1").stdout
    assert drawn == PICTURE.read_text(encoding="utf-8")
