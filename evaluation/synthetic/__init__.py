"""Invented reports in every format, for tests, benchmarks and examples."""
