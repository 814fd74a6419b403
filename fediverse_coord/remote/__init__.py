"""What we know of others: fetched, checked and remembered. `Peers` is the one entrance."""
