"""Decisions about endpoints: where they may be, what they are told, how letters are signed, when they are tried."""
