"""The demonstration's people: the weeks they lived before the first page opens, and what they do afterwards."""
