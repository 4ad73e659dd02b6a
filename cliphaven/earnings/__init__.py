"""Views turned into money owed, and the one explanation of every balance. Only this room may accrue."""
