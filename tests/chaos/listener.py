"""The client under test, in a process of its own that may be killed: it keeps a ledger on disk, and notes what it told.

Commands on standard input, answers on standard output: `count` answers how many fills are known and the state of the
stream, `end` closes the client and answers its figures.
"""

import json
import sys

from binance_nb import BinanceClient, BinanceConfig
from binance_nb.transport import rest as rest_module
from binance_nb.transport.limits import RateLimits

SILENCE_S = 1.5
"""A half-open socket is noticed after this; the real value, 65 s, would make a long run of it."""

LONGEST_REFUSAL_S = 1.0
"""The exchange's 429 asks to wait for the end of the minute; a run of many of them cannot."""


class ImpatientLimits(RateLimits):
    """Budgets that keep still after a 429, but never for long."""

    def note_refusal(self, error):
        """Keep still for at most a second."""
        error.retry_after = min(error.retry_after or LONGEST_REFUSAL_S, LONGEST_REFUSAL_S)
        super().note_refusal(error)


def main() -> None:
    """Listen until told to end, or killed."""
    rest_url, ws_url, ledger, told, product, *symbols = sys.argv[1:]
    rest_module.RateLimits = ImpatientLimits
    config = BinanceConfig(environment="sandbox", sandbox_base_url=rest_url, sandbox_ws_url=ws_url, timeout_s=5)
    client = BinanceClient(config, ledger=ledger)
    stream = client.asynchronous.stream if product == "spot" else client.asynchronous.futures_stream
    stream.feed.silence_s = SILENCE_S
    with open(told, "a", buffering=1) as file:
        client.subscribe(lambda report: report.is_trade and file.write(f"{report.symbol} {report.trade_id}\n"))
        client.watch_symbols(symbols, product=product)
        client.start_stream(product=product)
        print("ready", flush=True)
        for line in sys.stdin:
            if line.strip() == "end":
                break
            fills = len(client.ledger._fills)
            print(json.dumps({"fills": fills, "state": stream.status.state}), flush=True)
        status = client.stream_status(product=product).iloc[0]
        gaps = client.stream_gaps()
        client.close()
    figures = {name: int(status[name]) for name in ("events", "reports", "recovered", "duplicates", "reconnects")}
    print(json.dumps({**figures, "gaps": len(gaps), "won": int(gaps["fills"].sum())}), flush=True)


if __name__ == "__main__":
    main()
