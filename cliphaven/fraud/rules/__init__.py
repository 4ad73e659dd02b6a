"""Decisions about doubted views: signals of one clip, what binds clips together, and a score with its reasons."""
