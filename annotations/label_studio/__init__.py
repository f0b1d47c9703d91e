"""Reports to annotators in Label Studio and their corrections back."""
