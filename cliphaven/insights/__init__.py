"""What of the product is used, told to PostHog of people who said yes. Only this room may tell it anything."""
