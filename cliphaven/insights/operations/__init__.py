"""Asking, telling and taking back."""
