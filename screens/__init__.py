"""Every screen of the product in a real browser: walked, measured and pictured (`make screens`)."""
