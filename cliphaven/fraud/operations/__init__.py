"""Judging clips, opening and deciding cases, appeals, policies, and noting what binds people together."""
