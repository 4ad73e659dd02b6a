"""A database engine for Django: its own backend for PostgreSQL, with stops."""
