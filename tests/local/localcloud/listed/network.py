"""Two or more of everything that is listed of services between users and tasks."""

from typing import Any

from tests.local.localcloud.listed.kit import ACCOUNT, TAGS, TWO, Arguments, Clients, make_bucket


def acm(of: Clients) -> Arguments:
    for name in TWO:
        of("acm").request_certificate(DomainName=f"{name}.test")
    return {"ListCertificates": {}}


def cloudfront(of: Clients) -> Arguments:
    client = of("cloudfront")
    for name in TWO:
        identity = client.create_distribution(DistributionConfig=distribution(name))["Distribution"]["Id"]
        access = {
            "Name": name,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
        client.create_origin_access_control(OriginAccessControlConfig=access)
    for name in TWO:
        paths = {"Quantity": 1, "Items": ["/*"]}
        client.create_invalidation(DistributionId=identity, InvalidationBatch={"Paths": paths, "CallerReference": name})
    return {
        "ListDistributions": {},
        "ListInvalidations": {"DistributionId": identity},
        "ListOriginAccessControls": {},
    }


def distribution(name: str, *, enabled: bool = False) -> dict[str, Any]:
    """Return the least that CloudFront takes as a distribution."""
    origin = {
        "Id": "o",
        "DomainName": f"{name}.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    policy = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    return {
        "CallerReference": name,
        "Comment": name,
        "Enabled": enabled,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": policy},
    }


def ec2(of: Clients) -> Arguments:
    client = of("ec2")
    vpcs = [client.create_vpc(CidrBlock="10.66.0.0/16")["Vpc"]["VpcId"] for _ in range(6)]  # pages hold 5 at least
    for n, vpc in enumerate(vpcs):
        subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.66.1.0/24")["Subnet"]["SubnetId"]
        address = client.allocate_address(Domain="vpc")["AllocationId"]
        client.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        client.create_internet_gateway()
        client.create_network_interface(SubnetId=subnet)
        client.create_network_acl(VpcId=vpc)
        client.create_route_table(VpcId=vpc)
        client.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")
        client.create_flow_logs(
            ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
            LogDestination=f"arn:aws:s3:::{make_bucket(of, f'listed-flows-{n}')}",
        )  # fmt: skip
    client.create_tags(Resources=vpcs, Tags=TAGS)
    names = """AddressesAttribute FlowLogs InternetGateways ManagedPrefixLists NatGateways NetworkAcls NetworkInterfaces
    PrefixLists RouteTables SecurityGroupRules SecurityGroups Subnets Tags VpcEndpointServices VpcEndpoints Vpcs"""
    lists = client.describe_managed_prefix_lists()["PrefixLists"]
    (checkers,) = [each["PrefixListId"] for each in lists if each["PrefixListName"].endswith("healthchecks")]
    entries = {"GetManagedPrefixListEntries": {"PrefixListId": checkers}}
    return {f"Describe{name}": {} for name in names.split()} | entries


def elbv2(of: Clients) -> Arguments:
    client = of("elbv2")
    vpc = of("ec2").create_vpc(CidrBlock="10.68.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        of("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.68.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")[
            "Subnet"
        ]["SubnetId"]
        for n in range(2)
    ]
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    for name in TWO:
        arn = client.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        client.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    for port in (80, 81):
        listener = client.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=port, DefaultActions=answer)
    listener_arn = listener["Listeners"][0]["ListenerArn"]
    for priority in (1, 2):
        path = [{"Field": "path-pattern", "Values": [f"/{priority}"]}]
        client.create_rule(ListenerArn=listener_arn, Conditions=path, Priority=priority, Actions=answer)
    return {
        "DescribeLoadBalancers": {},
        "DescribeTargetGroups": {},
        "DescribeListeners": {"LoadBalancerArn": arn},
        "DescribeRules": {"ListenerArn": listener_arn},
        "DescribeSSLPolicies": {},
    }


def route53(of: Clients) -> Arguments:
    client = of("route53")
    for name in TWO:
        zone = client.create_hosted_zone(Name=f"{name}.test", CallerReference=name)["HostedZone"]["Id"]
        check = {"Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9}
        client.create_health_check(CallerReference=name, HealthCheckConfig=check)
    records = [
        {
            "Name": f"w.{TWO[1]}.test",
            "Type": "A",
            "TTL": 1,
            "ResourceRecords": [{"Value": "127.0.0.1"}],
            "SetIdentifier": each,
            "Weight": 1,
        }
        for each in TWO
    ]
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return {"ListHostedZones": {}, "ListHealthChecks": {}, "ListResourceRecordSets": {"HostedZoneId": zone}}


def shield(of: Clients) -> Arguments:
    for name in TWO:
        of("shield").create_protection(
            Name=name, ResourceArn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name.upper()}"
        )
    return {"ListProtections": {}}
