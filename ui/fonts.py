"""Fonts for the text of a picture: Pillow's own, else an installed one that has all characters."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

# Files that Debian, Fedora, Alpine and Windows install for Chinese, Japanese and Korean, and one for other scripts.
# Pillow searches each system's font folders.
_INSTALLED = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.otf",
    "ipaexg.ttf",
    "ipag.ttf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "YuGothM.ttc",
    "msyh.ttc",
    "DejaVuSans.ttf",
)
_NO_CHARACTER = "\U0010ffff"  # drawn with the font's glyph for missing characters
_TRIED_PX = 20


def font_with(text: str, size: int) -> FreeTypeFont | ImageFont | None:
    """Return a font of `size` pixels that has all characters of `text`; None if no known font has."""
    name = _name_with(frozenset(text))
    return None if name is None else _load(name, size)


def can_draw(text: str) -> bool:
    """Whether a known font has all characters of `text`; cached once a picture with it was drawn."""
    return _name_with(frozenset(text)) is not None


@lru_cache(maxsize=64)
def _name_with(signs: Iterable[str]) -> str | None:
    """Return the file of the first suitable font, "" for Pillow's own; cached to avoid repeated searches."""
    for name in ("", *_INSTALLED):
        try:
            font = _load(name, _TRIED_PX)
        except OSError:  # not installed
            continue
        missing = _drawn(_NO_CHARACTER, font)
        if all(_drawn(sign, font) != missing for sign in signs if not sign.isspace()):
            return name
    return None


def _drawn(sign: str, font: FreeTypeFont | ImageFont) -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (2 * _TRIED_PX, 2 * _TRIED_PX))
    ImageDraw.Draw(picture).text((0, 0), sign, 255, font)
    return picture.tobytes()


def _load(name: str, size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
