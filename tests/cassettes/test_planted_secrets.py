"""A secret in any place where one can be is found by the check, and no recording that holds one is written."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from binance_nb.cassettes import find_secrets, find_secrets_in_cassette, find_secrets_in_notebook
from binance_nb.cassettes.rest import _HeadedYaml, _scrub_answer
from binance_nb.cassettes.scrubbing import scrub_fields, scrub_request_frame, scrub_text
from binance_nb.cassettes.tape import Entry, Recorder, write_tape
from binance_nb.errors import CassetteError

ROOT = Path(__file__).resolve().parents[2]
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
LISTEN_KEY = "Rk1zQ8vT3mXa0LwUe6YbHs5cNp9GdJf2oKiV7xBtZr4MuEqAyS1hWgCnPl3D"
SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
PASSPHRASE = "my-own-passphrase"
ENVIRON = {"BINANCE_TESTNET_PRIVATE_KEY_PASSPHRASE": PASSPHRASE}

SECRETS = {
    "an API key": KEY,
    "a signature": SIGNATURE,
    "a listen key": LISTEN_KEY,
    "a private key": "-----BEGIN PRIVATE KEY-----",
    "an encrypted private key": "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    "a passphrase of the environment": PASSPHRASE,
    "an account number": '"uid":354937868',
    "a mail address": "somebody@example.com",
    "an address of a machine": "banned: 203.0.113.7",
}


def interaction() -> dict[str, Any]:
    """One call as vcrpy hands it to the serializer."""
    return {
        "request": {
            "method": "POST",
            "uri": "http://127.0.0.1:9400/api/v3/order?signature=SCRUBBED",
            "body": "symbol=BTCUSDT&signature=SCRUBBED",
            "headers": {"X-MBX-APIKEY": ["SCRUBBED"]},
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": '{"orderId":1}'},
        },
    }


def in_header(call: dict[str, Any], secret: str) -> None:
    """Plant in a header of the request."""
    call["request"]["headers"]["X-MBX-APIKEY"] = [secret]


def in_query(call: dict[str, Any], secret: str) -> None:
    """Plant in the query."""
    call["request"]["uri"] += f"&planted={secret}"


def in_body(call: dict[str, Any], secret: str) -> None:
    """Plant in the body of the request."""
    call["request"]["body"] += f"&planted={secret}"


def in_answer(call: dict[str, Any], secret: str) -> None:
    """Plant in the body of the answer."""
    call["response"]["body"]["string"] = '{"echo":%s}' % (secret if secret[0] == '"' else json.dumps(secret))


def in_answer_header(call: dict[str, Any], secret: str) -> None:
    """Plant in a header of the answer."""
    call["response"]["headers"]["X-Echo"] = [secret]


def in_error_message(call: dict[str, Any], secret: str) -> None:
    """Plant in the sentence of a refusal."""
    call["response"]["status"]["code"] = 400
    call["response"]["body"]["string"] = json.dumps({"code": -2014, "msg": f"API-key {secret} is not known here"})


PLACES = [in_header, in_query, in_body, in_answer, in_answer_header, in_error_message]


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that holds a passphrase."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environ")
@pytest.mark.parametrize("plant", PLACES, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_cassette_with_a_secret_anywhere_is_not_written(
    tmp_path: Path, plant: Callable[[Any, str], None], secret: str
) -> None:
    honest = {"interactions": [interaction()], "version": 1}
    assert _HeadedYaml({"environment": "sandbox"}).serialize(honest)
    planted = copy.deepcopy(honest)
    plant(planted["interactions"][0], secret)
    with pytest.raises(CassetteError, match="was not written: it would have held") as refused:
        _HeadedYaml({"environment": "sandbox"}).serialize(planted)
    assert secret not in str(refused.value)
    path = tmp_path / "by_another_program.yaml"
    path.write_text(yaml.safe_dump(planted), encoding="utf-8")
    assert find_secrets_in_cassette(path)


@pytest.mark.usefixtures("environ")
@pytest.mark.parametrize("kind", ["in", "out", "ping", "open", "close", "call"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_tape_with_a_secret_in_any_frame_is_not_written(tmp_path: Path, kind: str, secret: str) -> None:
    path = tmp_path / "leaky.jsonl"
    planted = {"uid": 354937868} if "uid" in secret else {"echo": secret}
    data: Any = {"event": planted} if kind in {"in", "out"} else secret
    with pytest.raises(CassetteError, match="was not written: it would have held") as refused:
        write_tape(path, {"environment": "sandbox"}, [Entry(0, kind, 1, data)])
    assert secret not in str(refused.value)
    assert not path.exists()
    path.write_text(json.dumps({"t": 0, "kind": kind, "data": data}) + "\n", encoding="utf-8")
    assert find_secrets_in_cassette(path)


@pytest.mark.parametrize("secret", [*SECRETS.values(), "X-MBX-APIKEY", f"signature={SIGNATURE}"])
@pytest.mark.parametrize("place", ["output", "error", "source"])
def test_a_secret_in_a_notebook_is_found(tmp_path: Path, place: str, secret: str) -> None:
    def notebook(text: str) -> Path:
        outputs: list[Any] = [
            {"output_type": "stream", "name": "stdout", "text": [text if place == "output" else "all is well"]},
            {"output_type": "error", "ename": "E", "evalue": text if place == "error" else "", "traceback": []},
            {"output_type": "display_data", "data": {"image/png": KEY}, "metadata": {}},
        ]
        cell = {"cell_type": "code", "source": [text if place == "source" else "1 + 1"], "outputs": outputs}
        path = tmp_path / "notebook.ipynb"
        path.write_text(json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}), encoding="utf-8")
        return path

    assert find_secrets_in_notebook(notebook("an honest line"), ENVIRON) == []
    found = find_secrets_in_notebook(notebook(f"somebody printed {secret} here"), ENVIRON)
    assert found
    assert not any(secret in words for words in found)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_notebook_of_ours_holds_a_secret(path: Path) -> None:
    assert find_secrets_in_notebook(path) == []


def test_a_picture_within_a_page_is_no_secret_and_a_key_beside_it_or_posing_as_one_is(tmp_path: Path) -> None:
    picture = f'<img src="data:image/png;base64,iVBORw0KGgo{KEY}{KEY[::-1]}">'
    for html, secret in (
        (picture, False),
        (f"{picture}<p>{KEY}</p>", True),
        (picture.replace("iVBORw0KGgo", ""), True),
    ):
        output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": [html]}}
        path = tmp_path / "page.ipynb"
        path.write_text(
            json.dumps({"cells": [{"cell_type": "code", "source": "", "outputs": [output]}]}), encoding="utf-8"
        )
        assert bool(find_secrets_in_notebook(path)) == secret


def test_a_broken_notebook_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text('{"cells": [', encoding="utf-8")
    with pytest.raises(CassetteError, match="is not a notebook that can be read"):
        find_secrets_in_notebook(path)


def test_what_names_the_account_is_taken_out_at_any_depth() -> None:
    told = {"uid": 354937868, "data": [{"listenKey": KEY, "accountId": 7, "balances": []}], "E": 1}
    assert scrub_fields(told) == {
        "uid": 0,
        "data": [{"listenKey": "SCRUBBED", "accountId": 0, "balances": []}],
        "E": 1,
    }


def test_a_request_frame_keeps_its_number_and_loses_what_opens_the_account() -> None:
    params = {"apiKey": KEY, "signature": SIGNATURE, "timestamp": 1, "recvWindow": "5000", "symbol": "BTCUSDT"}
    assert scrub_request_frame({"id": 3, "method": "order.place", "params": params}) == {
        "id": 3,
        "method": "order.place",
        "params": dict.fromkeys(("apiKey", "signature", "timestamp", "recvWindow"), "SCRUBBED") | {"symbol": "BTCUSDT"},
    }


def test_a_listen_key_in_a_sockets_address_is_taken_out() -> None:
    recorder = Recorder()
    recorder.heard("open", object(), f"wss://stream.binance.com:9443/ws/{KEY}")
    assert recorder.entries[0].data == "/ws/SCRUBBED"


def test_a_futures_listen_key_is_taken_out_wherever_its_stream_names_it() -> None:
    recorder, socket = Recorder(), object()
    recorder.heard("open", socket, f"wss://fstream.binance.com/private/ws?listenKey={KEY}&events=ALGO_UPDATE")
    recorder.heard("out", socket, json.dumps({"id": 1, "method": "SUBSCRIBE", "params": [KEY]}))
    recorder.heard("in", socket, json.dumps({"stream": KEY, "data": {"e": "listenKeyExpired", "listenKey": KEY}}))
    assert [entry.data for entry in recorder.entries] == [
        "/private/ws",
        {"id": 1, "method": "SUBSCRIBE", "params": ["SCRUBBED"]},
        {"stream": "SCRUBBED", "data": {"e": "listenKeyExpired", "listenKey": "SCRUBBED"}},
    ]


def test_what_a_futures_account_is_called_is_taken_out() -> None:
    told = [{"accountAlias": "SgsRfWuX", "asset": "USDT"}]
    assert scrub_fields(told) == [{"accountAlias": "SCRUBBED", "asset": "USDT"}]


def test_who_is_banned_is_not_told() -> None:
    assert scrub_text("Way too much request weight used; IP(203.0.113.7) banned until 1") == (
        "Way too much request weight used; IP(SCRUBBED) banned until 1"
    )
    assert scrub_text("http://127.0.0.1:9400 and 64000.00") == "http://127.0.0.1:9400 and 64000.00"


def test_the_account_number_is_taken_out_of_answers_whose_length_still_fits() -> None:
    answer = {
        "body": {"string": b'{"uid":354937868,"balances":[]}'},
        "headers": {"Content-Length": ["31"], "Date": ["now"], "Retry-After": ["3"], "X-MBX-USED-WEIGHT-1M": ["9"]},
        "status": {"code": 200},
    }
    scrubbed = _scrub_answer(answer)
    assert scrubbed["body"]["string"] == b'{"uid":0,"balances":[]}'
    assert scrubbed["headers"] == {"Content-Length": ["23"], "Retry-After": ["3"], "X-MBX-USED-WEIGHT-1M": ["9"]}


@pytest.mark.parametrize(
    "text",
    ["=" * 80, "a" * 70, "order 28 of BTCUSDT at 64000.00", '"uid":0', '"id": "3f1c9a52"', "nb-0123456789abcdef012345"],
)
def test_ordinary_text_is_not_taken_for_a_secret(text: str) -> None:
    assert find_secrets(text, {}) == []
