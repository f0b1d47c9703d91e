"""Timings of one run each, with their ratios; no figure is quoted that a command here does not print."""
