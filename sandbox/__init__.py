"""The outside world over HTTP on loopback: vendors, audience and faults. It knows nothing of the house."""
