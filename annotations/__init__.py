"""The annotation format, its checker and the exchange with Label Studio."""
