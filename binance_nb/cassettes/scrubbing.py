"""What must not be in a recording: taking it out, and finding it where it is all the same."""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from binance_nb.errors import CassetteError

SCRUBBED = "SCRUBBED"
SCRUBBED_PARAMETERS = ("timestamp", "signature", "recvWindow", "listenKey", "apiKey")
"""Parameters of a request that differ from run to run or open the account."""

SCRUBBED_HEADERS = ("X-MBX-APIKEY", "Cookie", "Authorization")
SCRUBBED_FIELDS: dict[str, Any] = {
    "uid": 0,
    "accountId": 0,
    "userId": 0,
    "accountAlias": SCRUBBED,
    "email": SCRUBBED,
    "listenKey": SCRUBBED,
    "apiKey": SCRUBBED,
    "signature": SCRUBBED,
}
"""Keys of an answer's or event's JSON that name the account or open it, and what stands in for them."""

KEY_SHAPED = re.compile(r"[A-Za-z0-9]{60,}")
"""An API key, an HMAC secret and a hexadecimal signature are 64 letters and digits, a listen key 60 or 64."""
KEY_ENTROPY_BITS = 3.3
"""A hexadecimal digest has about 3.8 bits a character, a key about 5.4; a ruler of one letter has none."""

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
ACCOUNT_NUMBER = re.compile(r"""(?:uid|accountId|userId)\\?["']?\s*[:=]\s*["']?[1-9]\d*""")
NUMBER_ADDRESS = re.compile(r"(?<![\d.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")

MARKS = {
    "a private key": PRIVATE_KEY,
    "an account number": ACCOUNT_NUMBER,
    "an address of a machine": NUMBER_ADDRESS,
    "a mail address": MAIL_ADDRESS,
}

KEY_HEADER = re.compile(r"X-MBX-APIKEY", re.IGNORECASE)
SIGNED_QUERY = re.compile(r"signature=[0-9a-fA-F%]{16,}")


def entropy_bits(text: str) -> float:
    """Return the Shannon entropy of a text in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def _is_key(word: str) -> bool:
    return KEY_SHAPED.fullmatch(word) is not None and entropy_bits(word) > KEY_ENTROPY_BITS


def own_secrets(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the values of the environment's own key variables, by the name of the variable."""
    return {
        name: value
        for name, value in (os.environ if environ is None else environ).items()
        if name.startswith("BINANCE_") and name.endswith(("_API_KEY", "_API_SECRET", "_PASSPHRASE")) and len(value) >= 8
    }


def find_secrets(
    text: str, environ: Mapping[str, str] | None = None, *, more: Mapping[str, str] | None = None
) -> list[str]:
    """Return what in `text` must not be in a cassette, in words that do not repeat it.

    Looks for everything key-shaped, for private keys, account numbers and addresses, for the values of this
    environment's own key variables, and for `more` secrets, given as name and value.
    """
    found = []
    if any(entropy_bits(word) > KEY_ENTROPY_BITS for word in KEY_SHAPED.findall(text)):
        found.append("60 or more letters and digits in a row, the shape of a key or a signature")
    found += [name for name, pattern in MARKS.items() if pattern.search(text)]
    known = own_secrets(environ) | dict(more or {})
    return found + [f"the value of {name}" for name, value in known.items() if value in text]


INLINE_PICTURE = re.compile(r"data:image/(?:png;base64,iVBORw0KGgo|jpeg;base64,/9j/)[A-Za-z0-9+/=]+")
"""A picture within a page, known by how PNG and JPEG begin: a key that only poses as one is still a key."""


def find_secrets_in_notebook(path: Path | str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return what in a notebook, its outputs included, must not be published.

    Pictures are left out, also those within a page: their base64 is full of key-like words. Raises CassetteError if it
    is no notebook.
    """
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                for kind in [kind for kind in data if kind.startswith("image/")]:
                    del data[kind]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise CassetteError(f"{path} is not a notebook that can be read") from None
    # The cells' ids and the like are no secrets; texts are looked at as they are, not as JSON writes them.
    text = INLINE_PICTURE.sub("", "\n".join(strings(notebook)))
    found = find_secrets(text, environ)
    if KEY_HEADER.search(text):
        found.append("the header of an API key")
    if SIGNED_QUERY.search(text):
        found.append("a signed query")
    return found


def find_secrets_in_cassette(path: Path | str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return what in a cassette or a tape must not be in it, whoever wrote it. Raises CassetteError if it is neither.

    Looked at are the file's text and every text that it stands for: YAML breaks a long one where it has a space.
    """
    import yaml

    try:
        text = Path(path).read_text(encoding="utf-8")
        if Path(path).suffix == ".jsonl":
            decoded: Any = [json.loads(line) for line in text.splitlines()]
        else:
            decoded = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError):
        raise CassetteError(f"{path} is not a cassette that can be read") from None
    return sorted({found for each in (text, "\n".join(strings(decoded))) for found in find_secrets(each, environ)})


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a decoded document, and each number beside its name, so that `uid: 5` is seen."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, int):
                yield f"{name}: {item}"
            else:
                yield str(name)
                yield from strings(item)
    elif isinstance(value, Iterable):
        for item in value:
            yield from strings(item)


def scrub_fields(value: Any) -> Any:
    """Return decoded JSON with every field taken out that names the account or opens it, at any depth.

    So is a text that is a key and nothing else, wherever it stands: a stream of futures is called by its listen key.
    """
    if isinstance(value, dict):
        return {
            name: SCRUBBED_FIELDS[name] if name in SCRUBBED_FIELDS else scrub_fields(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [scrub_fields(item) for item in value]
    return SCRUBBED if isinstance(value, str) and _is_key(value) else value


def scrub_request_frame(message: Any) -> Any:
    """Return a request of the WebSocket API without what differs from run to run or opens the account."""
    if not isinstance(message, dict) or not isinstance(message.get("params"), dict):
        return message
    params = {name: SCRUBBED if name in SCRUBBED_PARAMETERS else item for name, item in message["params"].items()}
    return {**message, "params": params}


def scrub_text(text: str) -> str:
    """Return a text without addresses of machines and people, such as an error that names who is banned."""
    return MAIL_ADDRESS.sub(SCRUBBED, NUMBER_ADDRESS.sub(SCRUBBED, text))


def refuse_secrets(texts: Iterable[str]) -> None:
    """Raise CassetteError, naming what and not its value, if any of the texts holds a secret."""
    secrets = sorted({found for text in texts for found in find_secrets(text)})
    if secrets:
        raise CassetteError(f"this recording was not written: it would have held {', '.join(secrets)}")
