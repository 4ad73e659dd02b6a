"""ClipHaven: a marketplace for clipping, in rooms stacked on floors (see ARCHITECTURE.md)."""
