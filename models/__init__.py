"""Labels, encoder and tagger definitions, and the runtime that needs no torch."""
