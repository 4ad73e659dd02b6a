"""Replaying recorded counts: what a policy would have asked, seen and missed, and what was possible at best. Pure."""
