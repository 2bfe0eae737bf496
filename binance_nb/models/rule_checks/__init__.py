"""The rules an order must fit, one kind a module; `binance_nb.models.rules` puts them together."""
