"""Colours of every report: ink, one accent, and its tints; contrast is computed in the tests."""

from __future__ import annotations

INK = "#1b2228"
MUTED = "#56616b"
RULE = "#c6ced5"
PAPER = "#ffffff"
ACCENT = "#0f4c6e"
WARNING_TINT = "#fdf4df"
WARNING_EDGE = "#8a5a00"
WASH = "#f3f6f8"
TINTS = ("#f1f5f8", "#d9e6ed", "#a9c9da", "#0f4c6e")  # lowest to highest; grey prints in order
TINT_INKS = (INK, INK, INK, PAPER)  # readable text on each tint

FONT = "Source Sans Pro"
