"""Template filters: how numbers, moments, states and form fields are shown."""
