"""Which views are doubted, how strongly, and why in one sentence each. Only this room may call a count suspicious."""
