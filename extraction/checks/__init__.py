"""Rules that compare a report's figures with each other; they report, they never change a value."""
