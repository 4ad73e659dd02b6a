"""Resend: takes mail over its API, delivers none of it, and shows all of it in an outbox for people."""
