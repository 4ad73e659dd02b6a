"""Views turned into money owed: accruals, clearing and the one explanation of every balance. Only this room may accrue."""
