"""What the room does: set up connected accounts, plan Mondays, send transfers, pay banks, compare with Stripe."""
