"""The outside world in our words: one module per vendor, and only here may a vendor's SDK or an HTTP client be used."""
