"""The people behind the platforms: who posts what, and how its counts grow, stall, fall and vanish."""
