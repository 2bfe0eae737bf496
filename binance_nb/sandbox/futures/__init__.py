"""The USD-M futures exchange's engine: positions, margin, the Algo Service. No I/O and no clock: time is passed in.

Its face is `exchange.FuturesExchange`; commands are in `commands`, answers in `records`, announcements in `events`, the
rules of symbols in `specs`. Every change may announce events: drain them after each call. `advance` lets time-driven
things happen and is called with every tick; `house.FuturesMarket` does so with every step. What spot has already
(books, tapes, candles, the walking prices of the market) is used from there.
"""
