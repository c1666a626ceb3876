"""The secrets of an environment, and the rotation of those that can change while the app runs (ADR 0013)."""

from typing import Any, Final

from troposphere import GetAtt, Output, Ref, Template, awslambda, iam, secretsmanager

from estate import topology
from estate.config import Environment
from estate.files import read_rotation_source
from infra.bootstrap.parts import document, key_arn, replica_key_arn, statement, tags

LENGTH: Final = 40
ROTATED: Final = ("database-owner", "cache-token", "token-key")
"""Those that change while the app runs: the old value stays valid beside the new one, or nobody who runs holds it."""
RUNTIME: Final = "python3.12"
TIMEOUT_S: Final = 60


def add_secrets(environment: Environment, template: Template) -> None:
    """Add each secret with its replica, and the rotation. CloudFormation makes no RSA key and knows nobody's address:
    `token-key` and what third parties gave are made without a value, which `breiqctl bootstrap apply` writes.
    """
    made = {}
    for name in (*topology.SECRETS, *topology.GIVEN_SECRETS):
        more: dict[str, Any] = {}
        if name not in topology.WRITTEN_SECRETS:
            generated = secretsmanager.GenerateSecretString(ExcludePunctuation=True, PasswordLength=LENGTH)
            more = {"GenerateSecretString": generated}
        made[name] = template.add_resource(
            secretsmanager.Secret(
                _logical(name),
                Name=topology.secret(environment, name),
                Description=f"{name} of {topology.prefix(environment)}",
                KmsKeyId=key_arn(),
                ReplicaRegions=[
                    secretsmanager.ReplicaRegion(
                        Region=environment.other_region(environment.state_region),
                        KmsKeyId=replica_key_arn(environment),
                    )
                ],
                Tags=tags(environment),
                DeletionPolicy="Retain",
                UpdateReplacePolicy="Retain",
                **more,
            )
        )
    _add_rotation(environment, template, made)


def _add_rotation(environment: Environment, template: Template, made: dict[str, Any]) -> None:
    function = template.add_resource(_rotation(environment, template.add_resource(_rotation_role(environment, made))))
    permission = template.add_resource(
        awslambda.Permission(
            "RotationCalled",
            FunctionName=Ref(function),
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=environment.account_id,
        )
    )
    for name in ROTATED:
        template.add_resource(
            secretsmanager.RotationSchedule(
                f"{_logical(name)}Rotation",
                SecretId=Ref(made[name]),
                RotationLambdaARN=GetAtt(function, "Arn"),
                RotateImmediatelyOnUpdate=False,
                RotationRules=secretsmanager.RotationRules(AutomaticallyAfterDays=environment.security.secret_rotation),
                DependsOn=[permission.title],
            )
        )
    template.add_output(Output("RotationFunction", Value=GetAtt(function, "Arn")))


def _rotation_role(environment: Environment, made: dict[str, Any]) -> iam.Role:
    return iam.Role(
        "RotationRole",
        RoleName=topology.role(environment, "rotation"),
        Description="Rotates secrets: asks RDS and ElastiCache to take the new value",
        PermissionsBoundary=Ref("Boundary"),
        AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
        Policies=[iam.Policy(PolicyName="rotate", PolicyDocument=_policy(environment, made))],
        Tags=tags(environment),
    )


def _rotation(environment: Environment, role: iam.Role) -> awslambda.Function:
    """Return the function that rotates, as a file of this folder holds it."""
    databases = {
        f"DATABASE_{region.replace('-', '_')}": topology.database_instance(environment, region)
        for region in environment.regions
    }
    variables = {
        "PREFIX": topology.prefix(environment),
        "REGIONS": ",".join(sorted(environment.regions)),
        "CACHE_GROUP": topology.cache_group(environment),
        "KEY": key_arn(),
        **databases,
    }
    return awslambda.Function(
        "Rotation",
        FunctionName=topology.rotation_function(environment),
        Description="Rotates the secrets that change while the app runs",
        Runtime=RUNTIME,
        Handler="index.rotate",
        Timeout=TIMEOUT_S,
        Role=GetAtt(role, "Arn"),
        Code=awslambda.Code(ZipFile=read_rotation_source()),
        Environment=awslambda.Environment(Variables=variables),
        Tags=tags(environment),
    )


def _policy(environment: Environment, made: dict[str, Any]) -> dict[str, Any]:
    account = environment.account_id
    home = environment.state_region
    logs = f"arn:aws:logs:{home}:{account}:log-group:/aws/lambda/{topology.rotation_function(environment)}"
    databases = [topology.database_arn(environment, region) for region in environment.regions]
    caches = [
        f"arn:aws:elasticache:{region}:{account}:{kind}"
        for region in environment.regions
        for kind in (f"replicationgroup:{topology.cache_group(environment)}", "cluster:*")
    ]
    return document(
        statement(
            "Secrets",
            [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            [Ref(made[name]) for name in ROTATED],
        ),
        statement("NewValues", ["secretsmanager:GetRandomPassword"], "*"),
        statement("Key", ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair"], key_arn()),
        statement("Databases", ["rds:DescribeDBInstances", "rds:ModifyDBInstance"], databases),
        statement("Caches", ["elasticache:DescribeReplicationGroups", "elasticache:ModifyReplicationGroup"], caches),
        statement("Logs", ["logs:CreateLogGroup"], f"arn:aws:logs:{home}:{account}:*"),
        statement("LogLines", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs}:*"]),
    )


def _logical(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
