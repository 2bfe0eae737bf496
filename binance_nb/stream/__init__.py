"""The user data stream: kept alive, written to a ledger, handed to whoever asks."""
