"""Services that are records alone: nothing runs behind them. One operation more is one word more in its list."""

from typing import Final

from localcloud.core.words import words

SERVICES: Final = {
    "ssm": words(
        """PutParameter GetParameter GetParameters GetParametersByPath DeleteParameter DeleteParameters
        DescribeParameters GetParameterHistory AddTagsToResource ListTagsForResource RemoveTagsFromResource"""
    ),
    "secretsmanager": words(
        """CreateSecret DescribeSecret GetSecretValue PutSecretValue UpdateSecret DeleteSecret RestoreSecret
        ListSecrets BatchGetSecretValue ListSecretVersionIds ReplicateSecretToRegions
        RemoveRegionsFromReplication TagResource UntagResource GetResourcePolicy PutResourcePolicy
        DeleteResourcePolicy GetRandomPassword UpdateSecretVersionStage"""
    ),
    "logs": words(
        """CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy
        AssociateKmsKey DisassociateKmsKey
        ListTagsForResource ListTagsLogGroup TagResource UntagResource TagLogGroup UntagLogGroup CreateLogStream
        PutResourcePolicy DescribeResourcePolicies DeleteResourcePolicy
        PutAccountPolicy DescribeAccountPolicies DeleteAccountPolicy
        PutMetricFilter DescribeMetricFilters DeleteMetricFilter PutDeliverySource GetDeliverySource
        DescribeDeliverySources DeleteDeliverySource PutDeliveryDestination GetDeliveryDestination
        DescribeDeliveryDestinations DeleteDeliveryDestination CreateDelivery GetDelivery DescribeDeliveries
        UpdateDeliveryConfiguration DeleteDelivery
        DescribeLogStreams PutLogEvents GetLogEvents FilterLogEvents"""
    ),
    "acm": words(
        """RequestCertificate DescribeCertificate DeleteCertificate ListCertificates GetCertificate
        ImportCertificate AddTagsToCertificate ListTagsForCertificate RemoveTagsFromCertificate"""
    ),
    "iam": words(
        """CreateRole GetRole DeleteRole ListRoles UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole
        PutRolePermissionsBoundary DeleteRolePermissionsBoundary
        UntagRole ListRoleTags PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy
        DetachRolePolicy ListAttachedRolePolicies CreatePolicy GetPolicy DeletePolicy ListPolicies
        CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion ListPolicyTags
        ListEntitiesForPolicy CreateServiceLinkedRole DeleteServiceLinkedRole ListInstanceProfilesForRole
        GetAccountSummary UpdateAccountPasswordPolicy GetAccountPasswordPolicy DeleteAccountPasswordPolicy
        GetServiceLinkedRoleDeletionStatus PutRolePermissionsBoundary DeleteRolePermissionsBoundary
        CreateOpenIDConnectProvider GetOpenIDConnectProvider DeleteOpenIDConnectProvider
        ListOpenIDConnectProviders"""
    ),
    "ec2": words(
        """CreateVpc DeleteVpc DescribeVpcs ModifyVpcAttribute DescribeVpcAttribute CreateSubnet DeleteSubnet
        DescribeSubnets ModifySubnetAttribute DescribeAvailabilityZones DescribeRegions CreateInternetGateway
        DeleteInternetGateway DescribeInternetGateways AttachInternetGateway DetachInternetGateway
        CreateNatGateway DeleteNatGateway DescribeNatGateways AllocateAddress ReleaseAddress DescribeAddresses
        DescribeAddressesAttribute AssociateAddress DisassociateAddress CreateRouteTable DeleteRouteTable
        DescribeRouteTables AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation CreateRoute
        DeleteRoute ReplaceRoute CreateSecurityGroup DeleteSecurityGroup DescribeSecurityGroups
        DescribeSecurityGroupRules AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress
        RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules
        UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress
        DescribeManagedPrefixLists GetManagedPrefixListEntries DescribePrefixLists CreateVpcEndpoint
        DeleteVpcEndpoints DescribeVpcEndpoints ModifyVpcEndpoint DescribeVpcEndpointServices CreateNetworkAcl
        DeleteNetworkAcl DescribeNetworkAcls CreateNetworkAclEntry DeleteNetworkAclEntry ReplaceNetworkAclEntry
        ReplaceNetworkAclAssociation CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces
        CreateFlowLogs DeleteFlowLogs DescribeFlowLogs CreateTags DeleteTags DescribeTags
        DescribeAccountAttributes EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault
        GetEbsEncryptionByDefault"""
    ),
    "opensearch": words(
        """CreateDomain DescribeDomain DescribeDomains DescribeDomainConfig UpdateDomainConfig UpgradeDomain
        DeleteDomain ListDomainNames GetCompatibleVersions AddTags ListTags RemoveTags"""
    ),
    "scheduler": words(
        """CreateSchedule GetSchedule UpdateSchedule DeleteSchedule ListSchedules CreateScheduleGroup GetScheduleGroup
        DeleteScheduleGroup ListScheduleGroups TagResource UntagResource ListTagsForResource"""
    ),
    "cloudtrail": words(
        """CreateTrail DescribeTrails GetTrail UpdateTrail DeleteTrail StartLogging StopLogging GetTrailStatus
        PutEventSelectors GetEventSelectors AddTags RemoveTags ListTags"""
    ),
    "config": words(
        """PutConfigurationRecorder DescribeConfigurationRecorders DeleteConfigurationRecorder
        StartConfigurationRecorder StopConfigurationRecorder DescribeConfigurationRecorderStatus PutDeliveryChannel
        DescribeDeliveryChannels DeleteDeliveryChannel PutConfigRule DescribeConfigRules DeleteConfigRule TagResource
        UntagResource ListTagsForResource"""
    ),
    "firehose": words(
        """CreateDeliveryStream DescribeDeliveryStream UpdateDestination DeleteDeliveryStream ListDeliveryStreams
        TagDeliveryStream UntagDeliveryStream ListTagsForDeliveryStream"""
    ),
    "s3control": words("PutPublicAccessBlock GetPublicAccessBlock DeletePublicAccessBlock"),
    "sns": words(
        """CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListTopics Subscribe Unsubscribe Publish
        ListSubscriptionsByTopic GetSubscriptionAttributes SetSubscriptionAttributes ListTagsForResource TagResource
        UntagResource"""
    ),
    "wafv2": words(
        """CreateWebACL GetWebACL ListWebACLs UpdateWebACL DeleteWebACL PutLoggingConfiguration GetLoggingConfiguration
        DeleteLoggingConfiguration ListLoggingConfigurations TagResource UntagResource ListTagsForResource"""
    ),
    "shield": words(
        """CreateProtection DescribeProtection ListProtections DeleteProtection CreateSubscription DescribeSubscription
        TagResource UntagResource ListTagsForResource"""
    ),
    "resourcegroupstaggingapi": words("GetResources GetTagKeys GetTagValues TagResources UntagResources"),
}
