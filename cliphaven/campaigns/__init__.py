"""What sponsors fund: wallets, campaigns and their terms. Only this room may move a sponsor's money."""
