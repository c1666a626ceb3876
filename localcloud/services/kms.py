"""KMS: moto's records and cryptography; what a multi-Region key encrypted, its replica in the other region decrypts."""

from typing import Any, Final

from localcloud.core.words import words

OPERATIONS: Final = words(
    """
    CreateKey DescribeKey ListKeys ScheduleKeyDeletion CancelKeyDeletion EnableKey DisableKey UpdateKeyDescription
    EnableKeyRotation DisableKeyRotation GetKeyRotationStatus GetKeyPolicy PutKeyPolicy ListKeyPolicies ReplicateKey
    CreateAlias UpdateAlias DeleteAlias ListAliases ListResourceTags TagResource UntagResource
    Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom
    CreateGrant ListGrants RevokeGrant RetireGrant
    """
)


_ID_BYTES: Final = 40


def patch() -> None:
    """Give a ciphertext room for a multi-Region key's id: it is longer than moto's 36 bytes, and nothing decrypts.

    A replica has a description, a policy and tags of its own.
    """
    from moto.kms import utils

    read = utils._deserialize_ciphertext_blob

    def deserialize(ciphertext_blob: bytes) -> Any:
        ciphertext = read(ciphertext_blob)
        return ciphertext._replace(key_id=ciphertext.key_id.rstrip("\0"))

    utils.HEADER_LEN = _ID_BYTES + utils.IV_LEN + utils.TAG_LEN
    utils.CIPHERTEXT_HEADER_FORMAT = f">{_ID_BYTES}s{utils.IV_LEN}s{utils.TAG_LEN}s"
    utils._deserialize_ciphertext_blob = deserialize
    _patch_replicas()
    _patch_states()


def _patch_states() -> None:
    """Encrypt and decrypt with no key that is disabled or waits for its deletion."""
    from moto.core.exceptions import JsonRESTError
    from moto.kms.models import KmsBackend

    backend: Any = KmsBackend

    def check(self: Any, key_id: str) -> None:
        key = self.keys[self.any_id_to_key_id(key_id)]
        if key.key_state == "Disabled":
            raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")
        if key.key_state == "PendingDeletion":
            raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")

    def checked_before(call: Any) -> Any:
        def check_and_call(self: Any, key_id: str, *arguments: Any, **options: Any) -> Any:
            check(self, key_id)
            return call(self, key_id, *arguments, **options)

        return check_and_call

    decrypt = backend.decrypt

    def check_decrypted(self: Any, *arguments: Any, **options: Any) -> Any:
        plaintext, arn = decrypt(self, *arguments, **options)
        check(self, arn)
        return plaintext, arn

    backend.encrypt, backend.generate_data_key = map(checked_before, (backend.encrypt, backend.generate_data_key))
    backend.decrypt = check_decrypted


def _patch_replicas() -> None:
    from moto.kms.models import kms_backends
    from moto.kms.responses import KmsResponse

    replicate: Any = KmsResponse.replicate_key

    def replicate_key(self: Any) -> Any:
        answer = replicate(self)
        key_id = self._get_param("KeyId")
        backend = kms_backends[self.current_account][self._get_param("ReplicaRegion")]
        replica = backend.keys[backend.get_key_id(key_id)]
        replica.description = self._get_param("Description", "")
        replica.policy = self._get_param("Policy") or replica.generate_default_policy()
        backend.tagger.tag_resource(replica.id, self._get_param("Tags") or [])
        return answer

    KmsResponse.replicate_key = replicate_key  # type: ignore[method-assign]
