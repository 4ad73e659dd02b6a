"""The shapes of what the API says about payouts, and of what it takes."""
