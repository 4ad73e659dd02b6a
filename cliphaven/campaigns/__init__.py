"""What sponsors fund: wallets, deposits, campaigns and their versions of terms. Only this room may move a sponsor's money."""
