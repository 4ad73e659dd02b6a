"""Money owed turned into money sent: the Monday batch, transfers and bank payouts. Only this room may pay."""
