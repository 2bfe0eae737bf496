"""The exchange's engine: books, orders, accounts and rules. No I/O and no clock: time is passed in."""
