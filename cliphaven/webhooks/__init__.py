"""The letterbox: what vendors tell us is verified, stored once and looked up. Only this room takes them in."""
