"""Verdict marks: circle with tick, octagon with cross, diamond with question mark; drawn, and kept for verdicts and checks."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

VALID, NOT_VALID, CANNOT_TELL, SKIPPED = "valid", "invalid", "unknown", "skipped"


def draw_mark(painter: QPainter, kind: str, area: QRectF, fill: QColor, glyph: QColor) -> None:
    """Draw a mark.

    Args:
        painter: active.
        kind: one of the four.
        area: square to fill.
        fill: of the shape.
        glyph: of the sign in it.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    center, radius = area.center(), area.width() / 2
    pen = QPen(
        glyph, max(2.0, area.width() * 0.09), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )
    if kind == VALID:
        painter.drawEllipse(area)
        painter.setPen(pen)
        points = [(-0.42, 0.02), (-0.12, 0.32), (0.44, -0.3)]
        painter.drawPolyline(QPolygonF([QPointF(center.x() + x * radius, center.y() + y * radius) for x, y in points]))
    elif kind == NOT_VALID:
        corners = [
            (math.cos(math.pi / 8 + at * math.pi / 4), math.sin(math.pi / 8 + at * math.pi / 4)) for at in range(8)
        ]
        painter.drawPolygon(QPolygonF([QPointF(center.x() + x * radius, center.y() + y * radius) for x, y in corners]))
        painter.setPen(pen)
        reach = radius * 0.36
        painter.drawLine(center + QPointF(-reach, -reach), center + QPointF(reach, reach))
        painter.drawLine(center + QPointF(-reach, reach), center + QPointF(reach, -reach))
    elif kind == CANNOT_TELL:
        diamond = [(0, -1), (1, 0), (0, 1), (-1, 0)]
        painter.drawPolygon(QPolygonF([QPointF(center.x() + x * radius, center.y() + y * radius) for x, y in diamond]))
        painter.setPen(glyph)
        font = QFont(painter.font())
        font.setPixelSize(max(8, round(area.height() * 0.56)))
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "?")
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(fill, max(1.5, area.width() * 0.08)))
        painter.drawEllipse(area.adjusted(1, 1, -1, -1))
        painter.drawLine(center + QPointF(-radius * 0.4, 0), center + QPointF(radius * 0.4, 0))
    painter.restore()
