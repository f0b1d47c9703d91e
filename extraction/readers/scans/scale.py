"""The scale at which page images are read, and what decoders of images raise."""

import struct

DPI = 200.0
POINTS_AN_INCH = 72.0
A4_WIDTH = 8.27  # inches
MOST_PIXELS = 40_000_000  # of a page's image
# Pillow's decoders raise these for damaged files, beside its own errors.
DECODING_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error)
