"""Files that people bring: sent to the storage, looked at, then shown. Only this room may name a storage key."""
