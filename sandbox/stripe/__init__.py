"""A stateful pretend Stripe (API 2026-10-28.endive): the parts a marketplace uses to be paid and to pay out."""
