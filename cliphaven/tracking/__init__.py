"""What the platforms say: when to ask, whom to ask, and every answer kept. Only this room may write an observation."""
