"""REST traffic recorded once with vcrpy and replayed without a network, with every secret taken out.

A cassette is a YAML file with a head, the interactions and a last line that says that it is whole:

    origin: {environment: sandbox, recorded_at: …, scenario: demo, binance_nb: 0.1.0, vcrpy: 9.4.2, seed: 7, …}
    interactions: …
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from binance_nb.cassettes import head
from binance_nb.cassettes.calls import rest_call
from binance_nb.cassettes.scrubbing import (
    SCRUBBED,
    SCRUBBED_HEADERS,
    SCRUBBED_PARAMETERS,
    refuse_secrets,
    scrub_fields,
    scrub_text,
    strings,
)
from binance_nb.config import LOOPBACK_HOSTS, BinanceConfig
from binance_nb.credentials import Environment
from binance_nb.errors import CassetteError

DROPPED_ANSWER_HEADERS = frozenset(
    {"date", "server", "set-cookie", "x-mbx-uuid", "x-mbx-traceid", "via", "x-amz-cf-id"}
)

KEPT_HEADERS = frozenset({"content-type", *map(str.lower, SCRUBBED_HEADERS)})

STAND_IN = "127.0.0.1:9400"
"""What stands in the cassette for a sandbox's host and port, which is another each time."""

END = "# the end of this cassette\n"


class _HeadedYaml:
    """vcrpy's serializer interface: YAML with the origin first, and a last look for secrets before it is written."""

    def __init__(self, origin: Mapping[str, Any] | None, path: Path | str = "cassette") -> None:
        self._origin = dict(origin) if origin else {}
        self._path = path

    def serialize(self, cassette: dict[str, Any]) -> str:
        import yaml
        from vcr.serializers import yamlserializer

        body = str(yamlserializer.serialize(cassette)) + END
        # The texts for themselves too: YAML may break a long one in two.
        refuse_secrets([body, "\n".join(strings(cassette))])
        origin = dict(self._origin)
        if origin.get("environment") is None:
            origin["environment"] = _environment_of(cassette)
        return str(yaml.safe_dump({"origin": head.sealed(origin, body)}, sort_keys=False)) + body

    def deserialize(self, text: str) -> dict[str, Any]:
        import yaml
        from vcr.serializers import yamlserializer

        name = Path(self._path).name
        first, mark, rest = text.partition("\ninteractions:")
        body = mark.lstrip("\n") + rest
        try:
            origin = (yaml.safe_load(first) or {}).get("origin")
        except (yaml.YAMLError, AttributeError):
            origin = None
        head.check_seal(origin, body, self._path, is_whole=text.endswith(END))
        try:
            return dict(yamlserializer.deserialize(text))
        except (yaml.YAMLError, ValueError, TypeError) as error:
            raise CassetteError(
                f"the cassette {name} cannot be read ({type(error).__name__}); record it again"
            ) from None


def _environment_of(cassette: Mapping[str, Any]) -> str:
    """Return where the requests of a cassette went, by their hosts."""
    config = BinanceConfig.model_fields
    known = {urlsplit(str(config[f"{each}_base_url"].default)).netloc: each.value for each in Environment}
    hosts = {urlsplit(each["request"]["uri"]).netloc for each in cassette["interactions"]}
    return ", ".join(sorted(known.get(host, host) for host in hosts))


def _scrub_answer(answer: dict[str, Any]) -> dict[str, Any]:
    body = answer["body"].get("string", b"")
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        body = scrub_text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    else:
        scrubbed = scrub_fields(decoded)
        if isinstance(scrubbed, dict) and isinstance(scrubbed.get("msg"), str):
            scrubbed["msg"] = scrub_text(scrubbed["msg"])
        if scrubbed != decoded:
            body = msgspec.json.encode(scrubbed)
    headers = {name: values for name, values in answer["headers"].items() if name.lower() not in DROPPED_ANSWER_HEADERS}
    for name in headers:
        if name.lower() == "content-length":
            headers[name] = [str(len(body))]
    return {**answer, "body": {"string": body}, "headers": headers}


def _scrub_request(meant: tuple[str, ...]) -> Any:
    prefixes = tuple(f"{url.rstrip('/')}/" for url in meant)

    def scrub(request: Any) -> Any:
        if prefixes and not request.uri.startswith(prefixes):
            return None  # of another client in this process: vcrpy hears all of them
        if request.headers.get("Upgrade", "").lower() == "websocket" or "/sandbox/" in request.path:
            return None  # a handshake cannot be replayed, and a sandbox's control is not the exchange's traffic
        # What a library says of itself is no part of the conversation, and half of a small request's size.
        request.headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_HEADERS}
        parts = urlsplit(request.uri)
        if parts.hostname in LOOPBACK_HOSTS:
            request.uri = urlunsplit(parts._replace(scheme="http", netloc=STAND_IN))
        return request

    return scrub


def _is_same_call(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False  # left out by _scrub_request: it goes to where it was sent
    return rest_call(one.method, one.uri, one.body) == rest_call(other.method, other.uri, other.body)


def _make_vcr(origin: Mapping[str, Any] | None, mode: str, path: Path | str, meant: tuple[str, ...]) -> Any:
    import vcr

    recorder = vcr.VCR(
        record_mode=mode,
        serializer="headed",
        decode_compressed_response=True,
        record_on_exception=False,
        filter_headers=[(name, SCRUBBED) for name in SCRUBBED_HEADERS],
        filter_query_parameters=[(name, SCRUBBED) for name in SCRUBBED_PARAMETERS],
        filter_post_data_parameters=[(name, SCRUBBED) for name in SCRUBBED_PARAMETERS],
        before_record_request=_scrub_request(meant),
        before_record_response=_scrub_answer,
    )
    recorder.register_serializer("headed", _HeadedYaml(origin, path))
    recorder.register_matcher("call", _is_same_call)
    recorder.match_on = ("call",)
    return recorder


def read_cassette(path: Path | str) -> dict[str, Any]:
    """Return a cassette, its `origin` and its `interactions`. Raises CassetteError if it cannot be read or trusted."""
    return _HeadedYaml(None, path).deserialize(head.read_text(path))


def read_origin(path: Path | str) -> dict[str, Any]:
    """Return the head of a cassette. Raises CassetteError if it has none, or if the file cannot be read or trusted."""
    return dict(read_cassette(path)["origin"])


@contextlib.contextmanager
def record(
    path: Path | str, *, environment: str | None = None, scenario: str, only: str | tuple[str, ...] = (), **more: Any
) -> Iterator[None]:
    """Record the REST traffic of the block into a new cassette at `path`.

    `only` is the base address of the client that is meant, or several; without it, every client of this process is
    recorded. `environment` is where the traffic really goes (without it: what the addresses say), and is written into
    the head, as are `scenario` and `more`. Nothing is written if the block raises. Raises CassetteError rather than
    write a secret.
    """
    origin = more.pop("origin", None) or head.new_origin(environment=environment, scenario=scenario, **more)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with _make_vcr(origin, "all", path, (only,) if isinstance(only, str) else only).use_cassette(str(target)):
        yield


@contextlib.contextmanager
def replay(path: Path | str, *, only: str | None = None) -> Iterator[dict[str, Any]]:
    """Answer the REST requests of the block from the cassette at `path`, in order; yield its origin.

    Nothing of the client whose base address is `only` (without it: of any client in this process) is sent. Raises
    CassetteError for a request that the cassette does not hold, or holds no more of.
    """
    cassette = read_cassette(path)
    recorded = {urlunsplit((*urlsplit(each["request"]["uri"])[:2], "", "", "")) for each in cassette["interactions"]}
    meant = (only, *sorted(recorded)) if only else ()
    with _make_vcr(None, "none", path, meant).use_cassette(str(path), allow_playback_repeats=False) as played:
        knows = played.can_play_response_for

        def knows_or_raises(request: Any) -> bool:
            # vcrpy would raise an error of its own, which lists all that it holds, where the request is made.
            if not knows(request) and played.filter_request(request) is not None:
                raise CassetteError(
                    f"the cassette {Path(path).name} holds no (further) answer to {request.method} {request.path}; "
                    "the code asks for something else than when it was recorded"
                )
            return bool(knows(request))

        played.can_play_response_for = knows_or_raises
        yield dict(cassette["origin"])
