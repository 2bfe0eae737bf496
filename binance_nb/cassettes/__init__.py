"""Cassettes: real traffic recorded once, REST and streams, and replayed without keys and without a network.

A recording has one name and up to two files: `rest/NAME.yaml` (vcrpy) and `streams/NAME.jsonl` (a tape of every
WebSocket frame). Each begins with a head that says where it came from, and ends with a mark that it is whole; a
checksum tells whether it was changed. Keys, signatures, timestamps, listen keys, account numbers and addresses are
replaced before anything is written, and a recording that would still hold something key-shaped is refused.
"""

from binance_nb.cassettes.both import record_client
from binance_nb.cassettes.head import find
from binance_nb.cassettes.rest import read_cassette, read_origin, record, replay
from binance_nb.cassettes.scrubbing import find_secrets, find_secrets_in_cassette, find_secrets_in_notebook
from binance_nb.cassettes.server import Replay
from binance_nb.cassettes.shapes import drift
from binance_nb.cassettes.tape import read_tape, record_tape

__all__ = [
    "Replay",
    "drift",
    "find",
    "find_secrets",
    "find_secrets_in_cassette",
    "find_secrets_in_notebook",
    "read_cassette",
    "read_origin",
    "read_tape",
    "record",
    "record_client",
    "record_tape",
    "replay",
]
