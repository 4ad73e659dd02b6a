"""How fast the product is, always as a ratio to something measured in the same run: see docs/performance.md."""
