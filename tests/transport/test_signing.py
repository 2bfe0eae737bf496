"""Signatures: the worked examples of the exchange's documentation, every kind of key, and percent-encoding."""

import base64
import json
import re
from urllib.parse import parse_qsl, unquote

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from binance_nb.credentials import Credentials
from binance_nb.errors import ConfigError
from binance_nb.transport.signing import encode, make_signer, sorted_text

NON_ASCII_SYMBOL = "１２３４５６"

# The example key of rest-api.md and web-socket-api.md, "SIGNED request example (HMAC)".
DOCUMENTED_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
DOCUMENTED_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"

# The only private key that the documentation prints: fix-api.md, "Signature Computation", Ed25519.
DOCUMENTED_ED25519 = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u
-----END PRIVATE KEY-----
"""


def hmac_signer():
    return make_signer(Credentials(SecretStr(DOCUMENTED_KEY), api_secret=SecretStr(DOCUMENTED_SECRET)))


def pem_signer(pem, passphrase=None):
    text = pem if isinstance(pem, str) else pem.decode()
    return make_signer(
        Credentials(
            SecretStr("k" * 64),
            private_key_pem=SecretStr(text),
            passphrase=SecretStr(passphrase) if passphrase else None,
        )
    )


def pem_of(key, passphrase=None):
    locked = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def rest_params(symbol, side, price, **more):
    return {
        "symbol": symbol,
        "side": side,
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "1",
        "price": price,
        **more,
    }


@pytest.mark.parametrize(
    ("symbol", "payload", "signature"),
    [
        (
            "LTCBTC",
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
            "&timestamp=1499827319559",
            "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
        ),
        (
            NON_ASCII_SYMBOL,
            "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC"
            "&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
    ],
)
def test_hmac_over_rest_gives_the_documented_signature(symbol, payload, signature):
    text = encode(rest_params(symbol, "BUY", "0.1", recvWindow="5000", timestamp="1499827319559"))
    assert text == payload
    assert hmac_signer().sign(text) == signature


@pytest.mark.parametrize(
    ("changes", "signature"),
    [
        (
            {"symbol": "BTCUSDT", "side": "SELL", "price": "52000.00", "quantity": "0.01000000", "recvWindow": "100"},
            "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24",
        ),
        (
            {
                "symbol": NON_ASCII_SYMBOL,
                "side": "BUY",
                "price": "0.10000000",
                "quantity": "1.00000000",
                "recvWindow": "5000",
            },
            "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd",
        ),
    ],
)
def test_hmac_over_the_websocket_api_gives_the_documented_signature(changes, signature):
    params = {"type": "LIMIT", "timeInForce": "GTC", "timestamp": "1645423376532", "apiKey": DOCUMENTED_KEY, **changes}
    assert hmac_signer().sign(sorted_text(params)) == signature


def test_ed25519_gives_the_documented_signature():
    """The RSA and Ed25519 examples over REST and WebSocket print no key; this one, of the FIX API, does."""
    payload = "\x01".join(["A", "EXAMPLE", "SPOT", "1", "20240627-11:17:25.223"])
    signature = "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="
    assert pem_signer(DOCUMENTED_ED25519).sign(payload) == signature


RSA_SIGNATURE = (
    "HZ8HOjiJ1s/igS9JA+n7+7Ti/ihtkRF5BIWcPIEluJP6tlbFM/Bf44LfZka/iemtahZAZzcO9TnI5uaXh3++lrqtNonCwp6/245UFWkiW1elpgtVAmJP"
    "bogcAv6rSlokztAfWk296ZJXzRDYAtzGH0gq7CgSJKfH+XxaCmR0WcvlKjNQnp12/eKXJYO4tDap8UCBLuyxDnR7oJKLHQHJLP0r0EAVOOSIbrFang/1"
    "WOq+Jaq4Efc4XpnTgnwlBbWTmhWDR1pvS9iVEzcSYLHT/fNnMRxFc7u+j3qI//5yuGuu14KR0MuQKKCSpViieD+fIti46sxPTsjSemoUKp0oXA=="
)


def test_a_base64_signature_is_percent_encoded_as_documented():
    """The documented RSA signature, whose key is not printed, in the form that goes into the query."""
    sent = encode({"signature": RSA_SIGNATURE}).removeprefix("signature=")
    assert sent.startswith(
        "HZ8HOjiJ1s%2FigS9JA%2Bn7%2B7Ti%2FihtkRF5BIWcPIEluJP6tlbFM%2FBf44LfZka%2FiemtahZAZzcO9TnI5uaXh3%2B%2B"
    )
    assert sent.endswith("2BfIti46sxPTsjSemoUKp0oXA%3D%3D")
    assert unquote(sent) == RSA_SIGNATURE


RSA_AND_ED25519_PAYLOADS = [
    "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000",
    "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1"
    "&price=0.2&timestamp=1668481559918&recvWindow=5000",
]


@pytest.mark.parametrize(
    ("symbol", "payload"), list(zip(["BTCUSDT", NON_ASCII_SYMBOL], RSA_AND_ED25519_PAYLOADS, strict=True))
)
def test_the_documented_rsa_payload_is_signed_so_that_its_public_half_agrees(rsa_key, symbol, payload):
    """The documentation keeps the RSA key to itself, so the payload is the documented one and the key is ours."""
    text = encode(rest_params(symbol, "SELL", "0.2", timestamp="1668481559918", recvWindow="5000"))
    assert text == payload
    signature = base64.b64decode(pem_signer(pem_of(rsa_key)).sign(text), validate=True)
    rsa_key.public_key().verify(signature, payload.encode(), padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("payload", RSA_AND_ED25519_PAYLOADS)
def test_the_documented_ed25519_payload_is_signed_so_that_its_public_half_agrees(payload):
    key = ed25519.Ed25519PrivateKey.generate()
    signature = base64.b64decode(pem_signer(pem_of(key)).sign(payload), validate=True)
    key.public_key().verify(signature, payload.encode())


def test_only_an_ed25519_key_can_log_on(rsa_key):
    assert pem_signer(pem_of(ed25519.Ed25519PrivateKey.generate())).can_log_on
    assert not pem_signer(pem_of(rsa_key)).can_log_on
    assert not hmac_signer().can_log_on


def test_a_locked_private_key_opens_with_its_passphrase(rsa_key):
    for key in (rsa_key, ed25519.Ed25519PrivateKey.generate()):
        locked, open_ = pem_signer(pem_of(key, "open sesame"), "open sesame"), pem_signer(pem_of(key))
        assert locked.sign("x") == open_.sign("x")


@pytest.mark.parametrize(
    ("locked_with", "given_", "words"),
    [
        ("right", "wrong", "passphrase must be right"),
        ("right", None, "needs a passphrase: set its _PRIVATE_KEY_PASSPHRASE variable"),
        (None, "needless", "needs no passphrase"),
    ],
)
def test_a_passphrase_that_does_not_fit_is_explained(locked_with, given_, words):
    pem = pem_of(ed25519.Ed25519PrivateKey.generate(), locked_with)
    with pytest.raises(ConfigError, match=words):
        pem_signer(pem, given_)


@pytest.mark.parametrize(
    "pem",
    ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
)
def test_a_file_that_holds_no_key_is_refused(pem):
    with pytest.raises(ConfigError, match="must be a PKCS#8 PEM file"):
        pem_signer(pem or " ")


def test_a_public_key_is_refused(rsa_key):
    pem = rsa_key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ConfigError, match="cannot be read"):
        pem_signer(pem)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP256K1()])
def test_an_ec_key_is_refused(curve):
    with pytest.raises(ConfigError, match="must be RSA or Ed25519; the exchange takes no other kind"):
        pem_signer(pem_of(ec.generate_private_key(curve)))


NAMES = st.from_regex(r"[a-zA-Z]{1,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PARAMS = st.dictionaries(NAMES, TEXTS, max_size=8)


@given(PARAMS)
def test_what_is_encoded_decodes_to_itself(params):
    assert dict(parse_qsl(encode(params), keep_blank_values=True, strict_parsing=bool(params))) == params


@given(PARAMS)
def test_nothing_but_unreserved_characters_is_left_bare(params):
    for pair in encode(params).split("&") if params else []:
        name, equals, value = pair.partition("=")
        assert equals == "="
        assert name in params
        assert re.fullmatch(r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*", value), value


@given(PARAMS)
def test_the_order_given_is_the_order_sent(params):
    assert [pair.partition("=")[0] for pair in encode(params).split("&") if pair] == list(params)


@given(PARAMS)
def test_the_text_of_the_websocket_api_is_in_alphabetical_order_and_not_escaped(params):
    pieces = [f"{name}={value}" for name, value in sorted(params.items())]
    assert sorted_text(params) == "&".join(pieces)


@given(st.text(max_size=200))
def test_a_signer_can_be_used_again_and_again(payload):
    signer = hmac_signer()
    payload = json.dumps(payload)
    first = signer.sign(payload)
    signer.sign("something else")
    assert signer.sign(payload) == first
    assert re.fullmatch("[0-9a-f]{64}", first)
