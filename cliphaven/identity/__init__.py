"""Who people are: users, organisations and their members, and how they sign in. Only this room may open a session."""
