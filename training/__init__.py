"""Corpus loading, pre-training, fine-tuning, calibration and export."""
