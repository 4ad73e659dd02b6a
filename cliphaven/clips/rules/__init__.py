"""Decisions about clips, by topic: which clip an address means."""
