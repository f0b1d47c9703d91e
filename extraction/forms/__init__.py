"""The three standard forms: definitions as data, and the alignment of what a report prints with them."""
