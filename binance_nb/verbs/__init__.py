"""The client's verbs by subject; AsyncBinanceClient is all of them together."""
