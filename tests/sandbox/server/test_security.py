"""Keys, signatures, timestamps and permissions, as the documentation has them."""

import base64
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from binance_nb.sandbox.server import security
from binance_nb.sandbox.server.keys import HmacVerifier, KeyStore

# The worked examples of rest-api.md and web-socket-api.md; the pair is the documentation's own and opens nothing.
DOC_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
DOC_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def public_pem(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("symbol", "signature"),
    [
        ("LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
    ],
)
def test_the_documented_rest_examples_verify(symbol, signature):
    query = (
        f"symbol={symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
        f"&timestamp=1499827319559&signature={signature}"
    )
    verifier = HmacVerifier(DOC_SECRET.encode())
    assert verifier.verify(security.rest_payload(query, ""), signature)
    assert not verifier.verify(security.rest_payload(query.replace("BUY", "SELL"), ""), signature)


def test_the_documented_websocket_example_verifies():
    signature = "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"
    sent = {
        "symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01000000",
        "price": "52000.00", "recvWindow": "100", "timestamp": "1645423376532", "apiKey": DOC_KEY,
        "signature": signature,
    }  # fmt: skip
    assert HmacVerifier(DOC_SECRET.encode()).verify(security.ws_payload(sent), signature)


def test_the_documented_websocket_example_with_a_symbol_beyond_ascii_verifies():
    sent = {
        "symbol": "１２３４５６", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1.00000000",
        "price": "0.10000000", "recvWindow": "5000", "timestamp": "1645423376532", "apiKey": DOC_KEY,
    }  # fmt: skip
    signature = "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"
    assert HmacVerifier(DOC_SECRET.encode()).verify(security.ws_payload(sent), signature)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("a=1&b=2&signature=x", ""),
        ("", "a=1&b=2&signature=x"),
        ("a=1&signature=x&b=2", ""),
        ("signature=x&a=1&b=2", ""),
    ],
)
def test_the_signature_is_left_out_wherever_it_stands(query, body):
    assert security.rest_payload(query, body) == b"a=1&b=2"


def test_query_and_body_are_joined_without_a_separator():
    assert security.rest_payload("a=1&b=2", "c=3&signature=x") == b"a=1&b=2c=3"


async def test_a_signed_request_is_answered(caller):
    answer = await caller.signed("GET", "account")
    assert answer.status == 200


async def test_parameters_may_come_in_query_body_or_both(caller):
    stamp = f"timestamp={caller.now_ms()}"
    order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100"
    key = {"X-MBX-APIKEY": caller.api_key}
    for query, body in [(f"{order}&{stamp}", ""), ("", f"{order}&{stamp}"), (order, stamp)]:
        signature = f"signature={caller.sign(query + body)}"
        signed_query, signed_body = (f"{query}&{signature}", body) if not body else (query, f"{body}&{signature}")
        answer = await caller.send("POST", "/api/v3/order/test", signed_query, signed_body or None, key)
        assert (answer.status, answer.json) == (200, {}), (query, body)


async def test_the_query_string_wins_over_the_body(caller):
    query = "symbol=NOSUCH"
    body = f"symbol=BTCUSDT&timestamp={caller.now_ms()}"
    signed = f"{body}&signature={caller.sign(query + body)}"
    answer = await caller.send("DELETE", "/api/v3/openOrders", query, signed, {"X-MBX-APIKEY": caller.api_key})
    assert answer.json["code"] == -1121


async def test_an_hmac_signature_may_be_in_capitals(caller):
    payload = f"timestamp={caller.now_ms()}"
    query = f"{payload}&signature={caller.sign(payload).upper()}"
    answer = await caller.send("GET", "/api/v3/account", query, headers={"X-MBX-APIKEY": caller.api_key})
    assert answer.status == 200


async def test_the_payload_is_signed_as_it_is_percent_encoded(caller):
    plain = f"symbol=１２３４５６&timestamp={caller.now_ms()}"
    encoded = quote(plain, safe="=&")
    key = {"X-MBX-APIKEY": caller.api_key}
    good = await caller.send("GET", "/api/v3/openOrders", f"{encoded}&signature={caller.sign(encoded)}", headers=key)
    assert (good.status, good.json) == (200, [])
    bad = await caller.send("GET", "/api/v3/openOrders", f"{encoded}&signature={caller.sign(plain)}", headers=key)
    assert (bad.status, bad.json["code"]) == (400, -1022)


async def test_a_missing_or_malformed_key_is_error_2014(caller):
    for headers in ({}, {"X-MBX-APIKEY": ""}, {"X-MBX-APIKEY": "not a key"}):
        answer = await caller.send("GET", "/api/v3/account", caller.signed_query({}), headers=headers)
        assert (answer.status, answer.json) == (401, {"code": -2014, "msg": "API-key format invalid."})


async def test_an_unknown_key_is_error_2015(caller):
    caller.api_key = "U" * 64
    answer = await caller.signed("GET", "account")
    assert answer.status == 401
    assert answer.json == {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}


async def test_a_wrong_signature_is_error_1022(caller):
    caller.secret = "wrong"
    answer = await caller.signed("GET", "account")
    assert (answer.status, answer.json) == (400, {"code": -1022, "msg": "Signature for this request is not valid."})


@pytest.mark.parametrize("missing", ["timestamp", "signature"])
async def test_timestamp_and_signature_are_mandatory(caller, missing):
    query = "&".join(part for part in (f"timestamp={caller.now_ms()}", "signature=00") if not part.startswith(missing))
    answer = await caller.send("GET", "/api/v3/account", query, headers={"X-MBX-APIKEY": caller.api_key})
    assert answer.json["code"] == -1102
    assert f"'{missing}'" in answer.json["msg"]


async def test_a_timestamp_may_be_in_microseconds(caller):
    answer = await caller.signed("GET", "account", timestamp=caller.venue.clock.now_us())
    assert answer.status == 200


@pytest.mark.parametrize(
    ("age_ms", "window", "text"),
    [
        (5_000, None, None),
        (5_001, None, "Timestamp for this request is outside of the recvWindow."),
        (60_000, "60000", None),
        (101, "100.5", "Timestamp for this request is outside of the recvWindow."),
        (100, "100.5", None),
        (-999, None, None),
        (-1_000, None, "Timestamp for this request was 1000ms ahead of the server's time."),
    ],
)
async def test_the_window_of_a_request(caller, age_ms, window, text):
    params = {"timestamp": caller.now_ms() - age_ms}
    if window is not None:
        params["recvWindow"] = window
    answer = await caller.signed("GET", "account", **params)
    if text is None:
        assert answer.status == 200
    else:
        assert (answer.status, answer.json) == (400, {"code": -1021, "msg": text})


async def test_a_window_above_a_minute_is_refused(caller):
    answer = await caller.signed("GET", "account", recvWindow="60000.001")
    assert answer.json["code"] == -1102
    assert "Cannot be greater than 60000." in answer.json["msg"]


async def test_a_key_that_may_only_read_cannot_trade(caller):
    made = (await caller.control("add_key", permissions=["USER_DATA"])).json
    caller.api_key, caller.secret = made["api_key"], made["api_secret"]
    assert (await caller.signed("GET", "account")).status == 200
    refused = await caller.order("BUY", "1", "100")
    assert (refused.status, refused.json["code"]) == (401, -2015)


async def test_a_revoked_key_is_unknown(caller):
    await caller.control("revoke_key", api_key=caller.api_key)
    assert (await caller.signed("GET", "account")).json["code"] == -2015


@pytest.mark.parametrize("kind", ["RSA", "ED25519"])
async def test_rsa_and_ed25519_keys_sign_too(caller, kind):
    if kind == "RSA":
        private = rsa.generate_private_key(65537, 2048)

        def sign(payload: bytes) -> bytes:
            return private.sign(payload, padding.PKCS1v15(), SHA256())
    else:
        private = ed25519.Ed25519PrivateKey.generate()
        sign = private.sign
    made = (await caller.control("add_key", type=kind, public_key=public_pem(private))).json
    payload = f"symbol=BTCUSDT&timestamp={caller.now_ms()}"
    signature = base64.b64encode(sign(payload.encode())).decode()
    key = {"X-MBX-APIKEY": made["api_key"]}
    good = await caller.send(
        "GET", "/api/v3/openOrders", f"{payload}&signature={quote(signature, safe='')}", headers=key
    )
    assert good.status == 200
    flipped = quote(signature.swapcase(), safe="")
    bad = await caller.send("GET", "/api/v3/openOrders", f"{payload}&signature={flipped}", headers=key)
    assert bad.json["code"] == -1022


def test_only_rsa_and_ed25519_public_keys_can_be_registered():
    from cryptography.hazmat.primitives.asymmetric import ec

    with pytest.raises(ValueError, match="RSA and Ed25519"):
        KeyStore().add_public("main", public_pem(ec.generate_private_key(ec.SECP256R1())))


def test_no_secret_is_in_a_keys_repr():
    key = KeyStore().add_hmac("main", "K", "very-secret")
    assert "very-secret" not in repr(key)
    assert "very-secret" not in repr(key.verifier)
