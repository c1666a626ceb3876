"""What watches an account, and what holds for all of it."""

from tests.contract.lifecycle.kit import Row

SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ACCOUNT = "123456789012"

ROWS = [
    Row(
        "aws:guardduty/detector:Detector",
        inputs=lambda world: {"enable": True, "findingPublishingFrequency": "FIFTEEN_MINUTES"},
        changed=lambda world: {"enable": False, "findingPublishingFrequency": "ONE_HOUR"},
    ),
    Row(
        "aws:securityhub/account:Account",
        inputs=lambda world: {"enableDefaultStandards": True, "autoEnableControls": True},
        changed=lambda world: {"autoEnableControls": False},
        replaces={"enableDefaultStandards"},
        unseen={"enableDefaultStandards": "it is read once, when the hub is enabled"},
    ),
    Row(
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        inputs=lambda world: {"enabled": True},
        changed=lambda world: {"enabled": False},
        stays="it is a switch: it is off then",
    ),
    Row(
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        inputs=lambda world: {"accountId": ACCOUNT, **dict.fromkeys(SWITCHES, True)},
        changed=lambda world: {"blockPublicAcls": False},
        replaces={"accountId"},
    ),
    Row(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        inputs=lambda world: {
            "minimumPasswordLength": 14,
            "requireLowercaseCharacters": True,
            "requireUppercaseCharacters": True,
            "requireNumbers": True,
            "requireSymbols": True,
            "allowUsersToChangePassword": True,
            "passwordReusePrevention": 24,
        },
        changed=lambda world: {"minimumPasswordLength": 16},
    ),
    Row(
        "aws:iam/serviceLinkedRole:ServiceLinkedRole",
        inputs=lambda world: {"awsServiceName": "config.amazonaws.com", "description": "records"},
        changed=lambda world: {"description": "records everything"},
        replaces={"awsServiceName"},
    ),
    Row(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        inputs=lambda world: {
            "repository": world.make("aws:ecr/repository:Repository", name="lifecycle").id,
            "policy": images(200),
        },
        changed=lambda world: {"policy": images(100)},
        replaces={"repository"},
    ),
]


def images(kept: int) -> str:
    selection = f'{{"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": {kept}}}'
    return f'{{"rules": [{{"rulePriority": 1, "selection": {selection}, "action": {{"type": "expire"}}}}]}}'
