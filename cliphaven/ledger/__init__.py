"""The books: append-only, balanced and floored by the database. Only this room may write a posting."""
