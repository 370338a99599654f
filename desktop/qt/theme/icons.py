"""Lucide icons in token colours. QtSvg paints `currentColor` black, so the colour is put into the drawing first."""

from __future__ import annotations

from functools import lru_cache

import lucide
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_RATIO = 2


@lru_cache(maxsize=256)
def pixmap(name: str, color: str, size: int) -> QPixmap:
    """Draw an icon.

    Args:
        name: in the set, such as `file-search`.
        color: hex.
        size: logical px.
    """
    svg = str(lucide.lucide_icon(name)).replace("currentColor", color)
    drawn = QPixmap(size * _RATIO, size * _RATIO)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    drawn.setDevicePixelRatio(_RATIO)
    return drawn


def icon(name: str, color: str, size: int = 20) -> QIcon:
    """Give an icon for a button."""
    return QIcon(pixmap(name, color, size))
