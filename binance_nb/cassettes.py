"""Cassettes: REST traffic recorded once with vcrpy and replayed without a network, with every secret taken out.

A cassette is a YAML file whose head says where its traffic came from:

    origin: {environment: sandbox, recorded_at: …, scenario: demo, binance_nb: 0.1.0, vcrpy: 9.4.2, seed: 7}
    interactions: …

Keys, signatures, timestamps, account numbers and listen keys are replaced before anything is written, in requests and
in answers, and a recording that would still hold something key-shaped is refused.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from binance_nb.errors import CassetteError

SCRUBBED = "SCRUBBED"
SCRUBBED_PARAMETERS = ("timestamp", "signature", "recvWindow", "listenKey", "apiKey")
SCRUBBED_HEADERS = ("X-MBX-APIKEY", "Cookie", "Authorization")
SCRUBBED_FIELDS: dict[str, Any] = {"uid": 0, "accountId": 0, "listenKey": SCRUBBED, "apiKey": SCRUBBED}
"""Keys of an answer's JSON that name the account, and what stands in for them."""
DROPPED_ANSWER_HEADERS = frozenset(
    {"date", "server", "set-cookie", "x-mbx-uuid", "x-mbx-traceid", "via", "x-amz-cf-id"}
)

KEY_SHAPED = re.compile(r"[A-Za-z0-9]{64,}")
"""An API key, an HMAC secret, a listen key and a hexadecimal signature are all 64 letters and digits."""
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")

FIRST_ADDRESS = re.compile(r"^ +uri: (https?://[^/\s]+)", re.MULTILINE)

MATCH_ON = ("method", "path", "query", "body")
"""What a request is recognised by. Not the host: a sandbox has another port each time."""


def find_secrets(text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return what in `text` must not be in a cassette, in words that do not repeat it.

    Looks for everything key-shaped, for private keys, and for the values of this environment's own key variables.
    """
    found = []
    if KEY_SHAPED.search(text):
        found.append("64 or more letters and digits in a row, the shape of a key or a signature")
    if PRIVATE_KEY.search(text):
        found.append("a private key")
    for name, value in (os.environ if environ is None else environ).items():
        held = name.startswith("BINANCE_") and name.endswith(("_API_KEY", "_API_SECRET", "_PASSPHRASE"))
        if held and len(value) >= 8 and value in text:
            found.append(f"the value of {name}")
    return found


class _HeadedYaml:
    """vcrpy's serializer interface: YAML with the origin first, and a last look for secrets before it is written."""

    def __init__(self, origin: Mapping[str, Any] | None) -> None:
        self._origin = dict(origin) if origin else None

    def serialize(self, cassette: dict[str, Any]) -> str:
        import yaml
        from vcr.serializers import yamlserializer

        body = str(yamlserializer.serialize(cassette))
        text = str(yaml.safe_dump({"origin": self._origin}, sort_keys=False)) + body
        secrets = find_secrets(text)
        if secrets:
            raise CassetteError(f"this recording was not written: it would have held {', '.join(secrets)}")
        return text

    def deserialize(self, text: str) -> Any:
        import yaml
        from vcr.serializers import yamlserializer

        try:
            cassette = yamlserializer.deserialize(text)
        except yaml.YAMLError as error:
            raise CassetteError(f"this cassette cannot be read ({type(error).__name__}); record it again") from None
        if not isinstance(cassette, dict) or not isinstance(cassette.get("origin"), dict):
            raise CassetteError("this cassette has no head that says where it came from; record it again")
        return cassette


def _scrub_answer(answer: dict[str, Any]) -> dict[str, Any]:
    body = answer["body"].get("string", b"")
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        decoded = None
    if isinstance(decoded, dict) and SCRUBBED_FIELDS.keys() & decoded.keys():
        decoded |= {name: value for name, value in SCRUBBED_FIELDS.items() if name in decoded}
        body = msgspec.json.encode(decoded)
    headers = {name: values for name, values in answer["headers"].items() if name.lower() not in DROPPED_ANSWER_HEADERS}
    for name in headers:
        if name.lower() == "content-length":
            headers[name] = [str(len(body))]
    return {**answer, "body": {"string": body}, "headers": headers}


def _scrub_request(base_url: str | None, only: str | None) -> Any:
    meant = tuple(f"{url}/" for url in (only, base_url) if url)

    def scrub(request: Any) -> Any:
        if only is not None and not request.uri.startswith(meant):
            return None  # of another client in this process: vcrpy hears all of them
        if request.headers.get("Upgrade", "").lower() == "websocket" or "/sandbox/" in request.path:
            return None  # a handshake cannot be replayed, and a sandbox's control is not the exchange's traffic
        if base_url is not None:
            parts = urlsplit(base_url)
            request.uri = urlunsplit(urlsplit(request.uri)._replace(scheme=parts.scheme, netloc=parts.netloc))
        return request

    return scrub


def _make_vcr(
    origin: Mapping[str, Any] | None, mode: str, *, base_url: str | None = None, only: str | None = None
) -> Any:
    import vcr

    recorder = vcr.VCR(
        record_mode=mode,
        serializer="headed",
        match_on=MATCH_ON,
        decode_compressed_response=True,
        record_on_exception=False,
        filter_headers=[(name, SCRUBBED) for name in SCRUBBED_HEADERS],
        filter_query_parameters=[(name, SCRUBBED) for name in SCRUBBED_PARAMETERS],
        filter_post_data_parameters=[(name, SCRUBBED) for name in SCRUBBED_PARAMETERS],
        before_record_request=_scrub_request(base_url, only),
        before_record_response=_scrub_answer,
    )
    recorder.register_serializer("headed", _HeadedYaml(origin))
    return recorder


def read_origin(path: Path | str) -> dict[str, Any]:
    """Return the head of a cassette. Raises CassetteError if it has none or cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"no cassette at {path} ({error.strerror}); record it first") from None
    origin = _HeadedYaml(None).deserialize(text)["origin"]
    return dict(origin)


@contextlib.contextmanager
def record(
    path: Path | str,
    *,
    environment: str,
    scenario: str,
    only: str | None = None,
    base_url: str | None = None,
    **more: Any,
) -> Iterator[None]:
    """Record the REST traffic of the block into a new cassette at `path`.

    `only` is the base address of the client that is meant; without it, every client of this process is recorded.
    `environment` is where the traffic really goes, and is written into the head, as are `scenario` and `more`.
    `base_url` stands in for the true host in the file, so that a sandbox's changing port does not change the cassette.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    origin = {
        "environment": environment,
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenario": scenario,
        "binance_nb": importlib.metadata.version("binance-nb"),
        "vcrpy": importlib.metadata.version("vcrpy"),
        **more,
    }
    with _make_vcr(origin, "all", base_url=base_url, only=only).use_cassette(str(target)):
        yield


@contextlib.contextmanager
def replay(path: Path | str, *, only: str | None = None) -> Iterator[dict[str, Any]]:
    """Answer the REST requests of the block from the cassette at `path`, in order; yield its origin.

    Nothing of the client whose base address is `only` (without it: of any client in this process) is sent. Raises
    CassetteError for a request that the cassette does not hold, or holds no more of.
    """
    from vcr.errors import CannotOverwriteExistingCassetteException

    origin = read_origin(path)
    recorded = FIRST_ADDRESS.search(Path(path).read_text(encoding="utf-8"))
    base_url = recorded[1] if recorded and only is not None else None
    with _make_vcr(origin, "none", base_url=base_url, only=only).use_cassette(str(path), allow_playback_repeats=False):
        try:
            yield origin
        except CannotOverwriteExistingCassetteException as error:
            request = error.failed_request
            raise CassetteError(
                f"the cassette {Path(path).name} holds no (further) answer to {request.method} {request.path}; "
                "the code asks for something else than when it was recorded"
            ) from None
