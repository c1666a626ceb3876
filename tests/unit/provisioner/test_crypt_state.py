import hashlib
import json
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from provisioner.errors import StateError
from provisioner.state.crypt import ROUNDS, Crypter, ensure_key_file
from provisioner.state.state import Resource, State
from provisioner.values import Secret

PASSPHRASE = "correct horse battery staple"


def state(folder: Path, passphrase: str = PASSPHRASE) -> State:
    return State(folder / "dev.json", Crypter(passphrase))


def thing(name: str, *, parent: str = "", dependencies: tuple[str, ...] = (), **inputs: object) -> Resource:
    return Resource(
        urn=urn(name), type="t:i:T", custom=True, id=name, parent=parent, dependencies=dependencies, inputs=inputs
    )


def urn(name: str) -> str:
    return f"urn:pulumi:dev::p::t:i:T::{name}"


def test_a_key_file_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = ensure_key_file(tmp_path / "deep" / "key")
    assert ensure_key_file(tmp_path / "deep" / "key") == first
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o077 == 0
    (tmp_path / "empty").touch()
    with pytest.raises(StateError):
        ensure_key_file(tmp_path / "empty")


def test_ciphertexts_have_the_form_of_pulumis_passphrase_provider() -> None:
    """Decrypted here by the documented recipe, without the code under test."""
    crypter = Crypter(PASSPHRASE)
    _, salt, check = crypter.provider_state["state"]["salt"].split(":", 2)
    key = hashlib.pbkdf2_hmac("sha256", PASSPHRASE.encode(), b64decode(salt), ROUNDS, 32)
    version, nonce, data = check.split(":")
    assert version == "v1"
    assert AESGCM(key).decrypt(b64decode(nonce), b64decode(data), None) == b"pulumi"
    assert len(b64decode(salt)) == 8


def test_a_changed_ciphertext_is_refused() -> None:
    crypter = Crypter(PASSPHRASE)
    version, nonce, data = crypter.encrypt("hello").split(":")
    with pytest.raises(StateError):
        crypter.decrypt(f"{version}:{nonce}:{data[:-4]}AAA=")
    with pytest.raises(StateError):
        crypter.decrypt("v2:x:y")


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    saved = state(tmp_path)
    one = thing("one", size=3, password=Secret("hunter2"))
    saved.put(one)
    saved.begin("creating", thing("two"))

    read = state(tmp_path)
    assert list(read) == [one]
    assert read.interrupted == [("creating", thing("two"))]
    assert "hunter2" not in (tmp_path / "dev.json").read_text()
    assert (tmp_path / "dev.json").stat().st_mode & 0o077 == 0


def test_the_manifest_is_what_pulumi_checks(tmp_path: Path) -> None:
    state(tmp_path).put(thing("one"))
    manifest = json.loads((tmp_path / "dev.json").read_text())["deployment"]["manifest"]
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()


def test_an_operation_ends_with_the_resource_or_without_it(tmp_path: Path) -> None:
    saved = state(tmp_path)
    saved.begin("creating", thing("one"))
    saved.put(thing("one"))
    saved.begin("deleting", thing("one"))
    saved.remove(thing("one"))
    saved.begin("creating", thing("two"))
    saved.forget_operation(thing("two"))
    assert (len(state(tmp_path)), state(tmp_path).interrupted) == (0, [])


def test_each_resource_stands_after_what_it_needs(tmp_path: Path) -> None:
    saved = state(tmp_path)
    saved.put(thing("b"))
    saved.put(thing("a"))
    saved.put(thing("c", parent=urn("b")))
    saved.put(thing("b", dependencies=(urn("a"),)))
    assert [resource.id for resource in state(tmp_path)] == ["a", "b", "c"]


def test_another_passphrase_is_refused_even_without_a_secret(tmp_path: Path) -> None:
    state(tmp_path).put(thing("one"))
    with pytest.raises(StateError):
        state(tmp_path, "another passphrase")


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "deployment": {}}', '{"version": 3}', "nonsense"])
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "dev.json").write_text(text)
    with pytest.raises(StateError):
        state(tmp_path)
