"""The wiring: settings, addresses, schedule, commands. Only this room may know all others; none imports it."""
