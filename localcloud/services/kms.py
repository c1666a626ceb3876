"""KMS: moto's records and cryptography; what a multi-Region key encrypted, its replica in the other region decrypts."""

from typing import Any, Final

from localcloud.services import words

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
    """Give a ciphertext room for a multi-Region key's id: it is longer than moto's 36 bytes, and nothing decrypts."""
    from moto.kms import utils

    read = utils._deserialize_ciphertext_blob

    def deserialize(ciphertext_blob: bytes) -> Any:
        ciphertext = read(ciphertext_blob)
        return ciphertext._replace(key_id=ciphertext.key_id.rstrip("\0"))

    utils.HEADER_LEN = _ID_BYTES + utils.IV_LEN + utils.TAG_LEN
    utils.CIPHERTEXT_HEADER_FORMAT = f">{_ID_BYTES}s{utils.IV_LEN}s{utils.TAG_LEN}s"
    utils._deserialize_ciphertext_blob = deserialize
