"""Values of secrets that this program makes itself: those of the local cloud, and the key CloudFormation cannot."""

import secrets
from typing import Final

KEY_BITS: Final = 2048


def make(name: str) -> str:
    """Return a new value for the secret `name`: an RSA key (PEM, PKCS 8) for `token-key`, a web address for what a
    third party would give, else 32 random bytes in hexadecimal: ElastiCache refuses `_` in a token.
    """
    if name == "token-key":
        return rsa_key()
    if name.endswith("-url"):
        return f"https://notices.breiq.test/{secrets.token_urlsafe(16)}"
    return secrets.token_hex(32)


def rsa_key() -> str:
    """Return a new private key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
