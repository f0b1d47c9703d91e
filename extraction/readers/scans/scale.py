"""The scale at which page images are read."""

DPI = 200.0
POINTS = 72.0  # an inch
A4_WIDTH = 8.27  # inches
