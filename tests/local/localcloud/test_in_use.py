"""What is in use is not deleted, and what was deleted is not listed and holds nothing."""

import json

import pytest

from tests.local.localcloud.listed.network import distribution
from tests.local.localcloud.refusals import refusal
from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = [pytest.mark.local, pytest.mark.timeout(120)]
EAST = REGIONS[0]


def test_a_security_group_in_use_is_not_deleted(instance: RunningCloud) -> None:
    ec2 = instance.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    used, using = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("used", "using")
    )
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": used}]}
    ec2.authorize_security_group_ingress(GroupId=using, IpPermissions=[rule])
    assert refusal(ec2.delete_security_group, GroupId=used) == "DependencyViolation"
    ec2.revoke_security_group_ingress(GroupId=using, IpPermissions=[rule])
    ec2.delete_security_group(GroupId=used)


def test_what_was_deleted_is_not_listed_and_holds_nothing(instance: RunningCloud) -> None:
    ec2, ecs = instance.client("ec2"), instance.client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.78.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="held", Description="held", VpcId=vpc)["GroupId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.sqs", VpcEndpointType="Interface", SubnetIds=[subnet],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert refusal(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert refusal(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert refusal(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint]) == "InvalidVpcEndpointId.NotFound"
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    assert ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"] == []
    ec2.release_address(AllocationId=address)
    assert ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]["State"] == "deleted"
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "a", "Value": "b"}])
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(SubnetId=subnet, RouteTableId=table)
    ec2.delete_subnet(SubnetId=subnet)
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [subnet]}])["Tags"] == []
    assert [acl["Associations"] for acl in ec2.describe_network_acls(Filters=here)["NetworkAcls"]] == [[]]
    ec2.delete_route_table(RouteTableId=table)
    assert refusal(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_network_acls(Filters=here)["NetworkAcls"] == []
    arn = ecs.create_cluster(clusterName="gone")["cluster"]["clusterArn"]
    ecs.delete_cluster(cluster="gone")
    assert arn not in ecs.list_clusters()["clusterArns"]
    assert ecs.describe_clusters(clusters=["gone"])["clusters"][0]["status"] == "INACTIVE"


def test_nothing_is_left_of_a_log_group_and_of_a_task_definition(instance: RunningCloud) -> None:
    logs, ecs = instance.client("logs"), instance.client("ecs")
    metric = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    for expected in (["old"], []):
        logs.create_log_group(logGroupName="twice")
        if expected:
            logs.put_metric_filter(
                logGroupName="twice", filterName="old", filterPattern="", metricTransformations=metric
            )
        found = [one["filterName"] for one in logs.describe_metric_filters(logGroupName="twice")["metricFilters"]]
        assert found == expected
        logs.delete_log_group(logGroupName="twice")
    made = ecs.register_task_definition(
        family="once", containerDefinitions=[{"name": "a", "image": "b", "memory": 128}]
    )
    ecs.deregister_task_definition(taskDefinition=made["taskDefinition"]["taskDefinitionArn"])
    for status, listed_there in (("ACTIVE", False), ("INACTIVE", True), ("ALL", True)):
        families = ecs.list_task_definition_families(familyPrefix="once", status=status)["families"]
        assert ("once" in families) is listed_there, status


def test_a_policy_an_access_control_and_a_web_acl_in_use_are_not_deleted(instance: RunningCloud) -> None:
    cloudfront, iam, waf = (instance.client(service) for service in ("cloudfront", "iam", "wafv2"))
    control = {
        "Name": "held", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3",
    }  # fmt: skip
    access = cloudfront.create_origin_access_control(OriginAccessControlConfig=control)
    visible = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    where = {"Name": "held", "Scope": "CLOUDFRONT"}
    acl = waf.create_web_acl(DefaultAction={"Allow": {}}, VisibilityConfig=visible, **where)["Summary"]
    config = {**distribution("holder"), "WebACLId": acl["ARN"]}
    config["Origins"]["Items"][0]["OriginAccessControlId"] = access["OriginAccessControl"]["Id"]
    made = cloudfront.create_distribution(DistributionConfig=config)
    named = {"Id": access["OriginAccessControl"]["Id"], "IfMatch": access["ETag"]}
    whose = {**where, "Id": acl["Id"], "LockToken": acl["LockToken"]}
    assert refusal(cloudfront.delete_origin_access_control, **named) == "OriginAccessControlInUse"
    assert refusal(waf.delete_web_acl, **whose) == "WAFAssociatedItemException"
    cloudfront.delete_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"])
    cloudfront.delete_origin_access_control(**named)
    waf.delete_web_acl(**whose)
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    )
    iam.create_role(RoleName="holder", AssumeRolePolicyDocument=document)
    policy = {"PolicyArn": iam.create_policy(PolicyName="held", PolicyDocument=document)["Policy"]["Arn"]}
    iam.attach_role_policy(RoleName="holder", **policy)
    assert refusal(iam.delete_policy, **policy) == "DeleteConflict"
    iam.detach_role_policy(RoleName="holder", **policy)
    iam.delete_policy(**policy)


def test_a_certificate_is_held_by_a_load_balancer_until_that_is_deleted(instance: RunningCloud) -> None:
    ec2, elb, acm = (instance.client(service) for service in ("ec2", "elbv2", "acm"))
    arn = acm.request_certificate(DomainName="held.test")["CertificateArn"]
    vpc = ec2.create_vpc(CidrBlock="10.79.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.79.{n}.0/24", AvailabilityZone=f"{EAST}{'ab'[n]}")["Subnet"][
            "SubnetId"
        ]
        for n in range(2)
    ]
    balancer = elb.create_load_balancer(Name="holder", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        DefaultActions=answer,
        Certificates=[{"CertificateArn": arn}],
    )
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [balancer]
    assert refusal(acm.delete_certificate, CertificateArn=arn) == "ResourceInUseException"
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == []
    acm.delete_certificate(CertificateArn=arn)


def test_groups_of_databases_and_caches_in_use_are_not_deleted(instance: RunningCloud) -> None:
    ec2, rds, cache = instance.client("ec2"), instance.client("rds"), instance.client("elasticache")
    vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.80.0.0/24")["Subnet"]["SubnetId"]
    (default,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    rds.create_db_subnet_group(DBSubnetGroupName="held", DBSubnetGroupDescription="-", SubnetIds=[subnet])
    rds.create_db_parameter_group(DBParameterGroupName="held", DBParameterGroupFamily="postgres15", Description="-")
    made = rds.create_db_instance(
        DBInstanceIdentifier="holder", Engine="postgres", EngineVersion="15", DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20, MasterUsername="owner", MasterUserPassword="secret-enough", DBSubnetGroupName="held",
        DBParameterGroupName="held",
    )["DBInstance"]  # fmt: skip
    assert made["CertificateDetails"]["CAIdentifier"] == made["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert made["CertificateDetails"]["ValidTill"].year > 2026
    assert [group["VpcSecurityGroupId"] for group in made["VpcSecurityGroups"]] == [default["GroupId"]]
    assert refusal(rds.delete_db_subnet_group, DBSubnetGroupName="held") == "InvalidDBSubnetGroupStateFault"
    assert refusal(rds.delete_db_parameter_group, DBParameterGroupName="held") == "InvalidDBParameterGroupState"
    cache.create_cache_parameter_group(
        CacheParameterGroupName="held", CacheParameterGroupFamily="redis7", Description="-"
    )
    wanted = {
        "ReplicationGroupId": "holder", "ReplicationGroupDescription": "-", "NumCacheClusters": 1, "Engine": "redis",
        "CacheParameterGroupName": "held",
    }  # fmt: skip
    for unknown in ("cache.huge", "cache.t3.large", "db.t4g.micro"):
        assert refusal(cache.create_replication_group, CacheNodeType=unknown, **wanted) == "InvalidParameterValue"
    cache.create_replication_group(CacheNodeType="cache.t4g.micro", **wanted)
    refused = refusal(cache.delete_cache_parameter_group, CacheParameterGroupName="held")
    assert refused == "InvalidCacheParameterGroupState"
    rds.delete_db_instance(DBInstanceIdentifier="holder", SkipFinalSnapshot=True)
    groups = lambda: cache.describe_replication_groups()["ReplicationGroups"]  # noqa: E731
    eventually(
        lambda: [one["Status"] for one in groups() if one["ReplicationGroupId"] == "holder"],
        lambda found: found == ["available"],
    )
    cache.delete_replication_group(ReplicationGroupId="holder")
    delete = lambda: rds.delete_db_subnet_group(DBSubnetGroupName="held")  # noqa: E731
    eventually(delete, deadline_s=30)
    rds.delete_db_parameter_group(DBParameterGroupName="held")
    eventually(lambda: cache.delete_cache_parameter_group(CacheParameterGroupName="held"), deadline_s=30)
