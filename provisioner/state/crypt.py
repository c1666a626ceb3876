"""Encryption of secrets in the state, in the form of Pulumi's passphrase provider, so that the CLI can import it.

Source: pulumi/pulumi, `sdk/go/common/resource/config/crypt.go` and `pkg/secrets/passphrase`: AES-256-GCM, its key by
PBKDF2-HMAC-SHA256 with 1,000,000 rounds; ciphertexts are `v1:<nonce>:<ciphertext>` in base64.
"""

import base64
import contextlib
import hashlib
import os
import secrets
from concurrent.futures import Future
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Thread
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from provisioner.errors import StateError

ROUNDS: Final = 1_000_000
CHECK_TEXT: Final = "pulumi"


def ensure_key_file(path: Path) -> str:
    """Return the passphrase that the file holds; made at random, readable by its owner alone, if there is none.

    `PULUMI_CONFIG_PASSPHRASE_FILE` may point at it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its passphrase holds
            os.link(own, path)
        own.unlink()
    passphrase = path.read_text().strip()
    if not passphrase:
        raise StateError(f"the key file {path} is empty")
    return passphrase


class Crypter:
    """Encrypts and decrypts texts under a passphrase. The key is derived in the background: it takes 0.3 s."""

    def __init__(self, passphrase: str, salt: bytes | None = None) -> None:
        self._passphrase = passphrase
        self.salt = salt or hashlib.sha256(b"salt:" + passphrase.encode()).digest()[:8]
        self._key = _derived_key(passphrase, self.salt)

    def encrypt(self, text: str) -> str:
        """Return the text as `v1:<nonce>:<ciphertext>`; another nonce each time."""
        nonce = secrets.token_bytes(12)
        return f"v1:{_encode(nonce)}:{_encode(self._key.result().encrypt(nonce, text.encode(), None))}"

    def decrypt(self, ciphertext: str) -> str:
        """Return the text. Raises StateError when it was encrypted under another passphrase, or was changed."""
        try:
            version, nonce, data = ciphertext.split(":")
            if version != "v1":
                raise StateError(f"a secret in the state has the unknown form {version!r}")
            return self._key.result().decrypt(base64.b64decode(nonce), base64.b64decode(data), None).decode()
        except (InvalidTag, ValueError) as error:
            raise StateError("a secret in the state was encrypted under another key, or damaged") from error

    @cached_property
    def provider_state(self) -> dict[str, Any]:
        """What Pulumi's export calls `secrets_providers`: the salt, and a known text to tell a wrong passphrase by."""
        return {"type": "passphrase", "state": {"salt": f"v1:{_encode(self.salt)}:{self.encrypt(CHECK_TEXT)}"}}

    def for_state(self, provider_state: dict[str, Any]) -> "Crypter":
        """Return the crypter of a state's own salt: this one, mostly.

        Raises StateError when another provider, or another passphrase, encrypted the state.
        """
        if provider_state.get("type") != "passphrase":
            raise StateError(
                f"the state's secrets are encrypted by {provider_state.get('type')!r}, not by a passphrase"
            )
        _, salt_text, check = provider_state["state"]["salt"].split(":", 2)
        salt = base64.b64decode(salt_text)
        crypter = self if salt == self.salt else Crypter(self._passphrase, salt)
        crypter.decrypt(check)
        return crypter


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


@lru_cache(maxsize=8)
def _derived_key(passphrase: str, salt: bytes) -> Future[AESGCM]:
    """Return the key, which a thread derives; once for each passphrase and salt."""
    key: Future[AESGCM] = Future()

    def derive() -> None:
        key.set_result(AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, 32)))

    Thread(target=derive, name="derive-key", daemon=True).start()
    return key
