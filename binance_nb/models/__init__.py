"""The vocabulary: what may be sent, what comes back, which words there are."""
