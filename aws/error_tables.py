"""Tables: which kind of error each class of botocore is, and each code of AWS's. A test holds them to be exhaustive."""

from collections.abc import Mapping
from typing import Final

from aws import errors
from aws.errors import AwsError


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SILENCE: Final = _names(
    "EndpointConnectionError ConnectTimeoutError ReadTimeoutError ConnectionClosedError ConnectionError "
    "HTTPClientError ResponseStreamingError IncompleteReadError"
)
"""Classes of botocore that say that a connection failed; what lies beneath them says whose fault that is."""

OWN_SIDE: Final[Mapping[type[errors.CallerFault], frozenset[str]]] = {
    errors.CredentialsMissing: _names(
        "NoCredentialsError NoAuthTokenError UnknownCredentialError UnknownTokenProviderError"
    ),
    errors.CredentialsPartial: frozenset({"PartialCredentialsError"}),
    errors.CredentialSourceFailed: _names(
        "CredentialRetrievalError MetadataRetrievalError InvalidIMDSEndpointError InvalidIMDSEndpointModeError "
        "RefreshWithMFAUnsupportedError MissingDependencyException"
    ),
    errors.SsoExpired: _names(
        "SSOError SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError LoginError LoginRefreshRequired "
        "LoginInsufficientPermissions LoginTokenLoadError LoginAuthorizationCodeError"
    ),
    errors.ProfileMissing: frozenset({"ProfileNotFound"}),
    errors.ConfigInvalid: _names(
        "ConfigParseError ConfigNotFound InvalidConfigError InfiniteLoopConfigError InvalidRegionError NoRegionError "
        "InvalidRetryConfigurationError InvalidMaxRetryAttemptsError InvalidRetryModeError InvalidDefaultsMode "
        "InvalidS3AddressingStyleError InvalidS3UsEast1RegionalEndpointConfigError UnsupportedS3ConfigurationError "
        "UnsupportedS3AccesspointConfigurationError UnsupportedS3ControlConfigurationError "
        "InvalidSTSRegionalEndpointsConfigError InvalidEndpointDiscoveryConfigurationError EndpointVariantError "
        "InvalidEndpointConfigurationError InvalidChecksumConfigError UnknownFIPSEndpointError"
    ),
    errors.ProxyInTheWay: frozenset({"ProxyConnectionError", "InvalidProxiesConfigError"}),
    errors.TlsUntrusted: frozenset({"SSLError"}),
    errors.ToolBroken: _names(
        "DataNotFoundError UnknownServiceError ApiVersionNotFoundError MD5UnavailableError "
        "UnknownServiceStyle UnknownSignatureVersionError UnsupportedSignatureVersionError "
        "UnsupportedServiceProtocolsError UndefinedModelAttributeError MissingServiceIdError"
    ),
}
"""Classes of botocore that speak of the caller's own side."""

DAMAGED: Final = _names("ChecksumError FlexibleChecksumError ResponseParserError")
"""What came is not what AWS sends."""

BUSY: Final = frozenset({"CapacityNotAvailableError"})
"""botocore itself holds calls back, because AWS throttled those before."""

ANSWERED: Final = _names("ClientError EventStreamError")
"""AWS answered; its code decides."""

OUR_CALL: Final = _names(
    "ParamValidationError ValidationError UnknownKeyError RangeError UnknownParameterError AliasConflictParameterError "
    "MissingParametersError PaginationError OperationNotPageableError InvalidExpressionError WaiterConfigError "
    "WaiterError UnknownClientMethodError UnseekableStreamError InvalidDNSNameError InvalidHostLabelError "
    "UnsupportedS3ArnError UnsupportedS3ControlArnError UnsupportedOutpostResourceError StubResponseError "
    "StubAssertionError UnStubbedResponseError UnknownRegionError ServiceNotInRegionError BaseEndpointResolverError "
    "UnknownEndpointError EndpointProviderError EndpointResolutionError UnknownEndpointResolutionBuiltInName "
    "AwsChunkedWrapperError BotoCoreError"
)
"""The call itself is wrong: a defect of ours. The base class is here too: what is not known is never a lost region."""

BY_CODE: Final[tuple[tuple[type[AwsError], frozenset[str]], ...]] = (
    (
        errors.ConditionFailed,
        _names("ConditionalCheckFailedException PreconditionFailed ConditionalRequestConflict 412"),
    ),
    (
        errors.Throttled,
        _names(
            "Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException "
            "TooManyRequests TooManyRequestsException ProvisionedThroughputExceededException RequestLimitExceeded "
            "BandwidthLimitExceeded PriorRequestNotComplete SlowDown EC2ThrottledException "
            "ReplicatedWriteConflictException 429"
        ),
    ),
    (errors.CredentialsExpired, _names("ExpiredToken ExpiredTokenException TokenRefreshRequired")),
    (
        errors.CredentialsRejected,
        _names(
            "UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId SignatureDoesNotMatch AuthFailure "
            "InvalidSignatureException IncompleteSignature IncompleteSignatureException InvalidToken "
            "MissingAuthenticationToken MissingAuthenticationTokenException NotSignedUp"
        ),
    ),
    (errors.ClockWrong, _names("RequestTimeTooSkewed RequestExpired RequestInTheFuture")),
    (
        errors.Denied,
        _names(
            "AccessDenied AccessDeniedException UnauthorizedOperation AuthorizationError AuthorizationErrorException "
            "UnauthorizedException NotAuthorized NotAuthorizedException ForbiddenException OptInRequired "
            "AllAccessDisabled AccountProblem 401 403"
        ),
    ),
    (errors.ServerFault, _names("ServiceUnavailable InternalError InternalServerError InternalFailure")),
)
"""AWS's codes that one service or another writes. Sources: the services' pages of common errors; botocore's own lists
of what is throttled (retries/standard.py); figures stand for answers without a body (HEAD)."""
