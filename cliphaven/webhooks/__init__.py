"""The letterbox: what vendors tell us is verified, stored once and then looked up. Only this room may believe a webhook, and it does not."""
