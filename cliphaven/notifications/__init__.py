"""Messages to people: queued in the caller's transaction, sent by mail with a key. Only this room may send one."""
