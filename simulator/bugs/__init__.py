"""Mistakes that the house could have made, planted on purpose: what the simulator does not find, it does not test."""
