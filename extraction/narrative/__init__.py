"""Quantities stated in a report's running text: numbers, tags, links and the catalogue's codes."""
