"""What happened, told to programs of others: signed, tried again, logged. Only this room posts to their addresses."""
