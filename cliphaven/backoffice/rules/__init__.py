"""What staff rely on, decided purely: which movement at Stripe ties to which entry, and what two people may correct."""
