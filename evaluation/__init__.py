"""Scores of form cells and narrative facts against hand-made annotations."""
