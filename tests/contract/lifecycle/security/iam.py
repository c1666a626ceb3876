"""IAM."""

from tests.contract.lifecycle.kit import Row, policy, trust

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"

ROWS = [
    Row(
        "aws:iam/role:Role",
        inputs=lambda world: {
            "name": "task",
            "path": "/breiq/",
            "assumeRolePolicy": trust("ecs-tasks.amazonaws.com"),
            "description": "a task's role",
            "maxSessionDuration": 3600,
            "forceDetachPolicies": True,
        },
        changed=lambda world: {
            "assumeRolePolicy": trust("ecs-tasks.amazonaws.com", "lambda.amazonaws.com"),
            "description": "a role",
            "maxSessionDuration": 7200,
        },
        replaces={"name", "path"},
        unseen={"forceDetachPolicies": "read by delete"},
    ),
    Row(
        "aws:iam/rolePolicy:RolePolicy",
        inputs=lambda world: {"role": world.role().rpartition("/")[2], "name": "read", "policy": policy(READ)},
        changed=lambda world: {"policy": policy({**READ, "Action": "s3:PutObject"})},
        replaces={"role", "name"},
    ),
]
