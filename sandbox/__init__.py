"""The outside world over HTTP on loopback: the vendors, the platforms' audience, and their faults. It knows nothing of the house."""
