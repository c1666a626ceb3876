"""KMS: moto's records and its cryptography; a multi-Region replica shares its primary's key material, as on AWS."""

from typing import Any, Final

OPERATIONS: Final = frozenset(
    """
    CreateKey DescribeKey ListKeys ScheduleKeyDeletion CancelKeyDeletion EnableKey DisableKey UpdateKeyDescription
    EnableKeyRotation DisableKeyRotation GetKeyRotationStatus GetKeyPolicy PutKeyPolicy ListKeyPolicies ReplicateKey
    CreateAlias UpdateAlias DeleteAlias ListAliases ListResourceTags TagResource UntagResource
    Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom
    CreateGrant ListGrants RevokeGrant RetireGrant
    """.split()
)


def patch() -> None:
    """A replica decrypts what its primary encrypted: both hold one key material."""
    from moto.kms.models import KmsBackend

    replicate = KmsBackend.replicate_key

    def replicate_key(self: Any, key_id: str, replica_region: str, *args: Any, **kwargs: Any) -> Any:
        replica = replicate(self, key_id, replica_region, *args, **kwargs)
        from moto.kms.models import kms_backends

        primary = self.keys[self.get_key_id(key_id)]
        kms_backends[self.account_id][replica_region].keys[primary.id].key_material = primary.key_material
        return replica

    KmsBackend.replicate_key = replicate_key  # type: ignore[method-assign]
