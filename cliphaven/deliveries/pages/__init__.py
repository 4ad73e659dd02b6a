"""Doors for people: endpoints, their log."""
