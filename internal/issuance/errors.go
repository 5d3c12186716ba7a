package issuance

import "errors"

var (
	// ErrGone says that the remote side does not know the thing (any more).
	ErrGone = errors.New("not known to the remote side")
	// ErrNameTaken says that a vault name belongs to other hostnames, or to something
	// else than a certificate.
	ErrNameTaken = errors.New("certificate name belongs to other hostnames")
	// ErrAway is in the chain of an error that is an authority's own: it cannot be
	// reached, or says that something is wrong with it.
	ErrAway = errors.New("the certificate authority is out of order")
	// ErrNoListener says that the gateway answered the TLS handshake and has no
	// listener for the hostname (the alert unrecognized_name, RFC 6066 section 3).
	ErrNoListener = errors.New("no listener serves this name yet")
)

// The published error codes. A code is a contract: clients branch on it and
// docs/errors.md has a section for each; a test compares the two.
const (
	CodeHostnameNotResolving     = "HostnameNotResolvingToApplicationGateway"
	CodeValidationFileNotFound   = "HostnameOwnershipValidationFileNotFound"
	CodeValidationFileNotValid   = "HostnameOwnershipValidationFileNotValid"
	CodeOwnershipRefused         = "HostnameOwnershipNotVerified"
	CodeHTTPChallengeNotOffered  = "HttpChallengeNotOffered"
	CodeCaaForbids               = "CaaRecordForbidsCertificateAuthority"
	CodeOrderRefused             = "CertificateAuthorityRefusedOrder"
	CodeRateLimited              = "CertificateAuthorityRateLimited"
	CodeAccountRefused           = "CertificateAuthorityAccountRefused"
	CodeCertificateNotValid      = "IssuedCertificateNotValid"
	CodeImportedNotUsable        = "ImportedCertificateNotUsable"
	CodeVaultAccessDenied        = "KeyVaultAccessDenied"
	CodeVaultRefused             = "KeyVaultRefusedCertificate"
	CodeNameSoftDeleted          = "CertificateNameSoftDeleted"
	CodeStorageAccessDenied      = "BlobStorageAccessDenied"
	CodeStorageContainerMissing  = "BlobContainerNotFound"
	CodeGatewayNotFound          = "ApplicationGatewayNotFound"
	CodeGatewayAccessDenied      = "ApplicationGatewayAccessDenied"
	CodeGatewayNoPublicIP        = "ApplicationGatewayHasNoPublicIp"
	CodeGatewayStopped           = "ApplicationGatewayStopped"
	CodeGatewayV1                = "ApplicationGatewaySkuNotSupported"
	CodeGatewayLimit             = "ApplicationGatewayLimitReached"
	CodeGatewaySettings          = "ApplicationGatewaySettingsNotFound"
	CodeGatewayRefused           = "ApplicationGatewayRefusedListener"
	CodeGatewayBrokenByOthers    = "ApplicationGatewayHasBrokenCertificate"
	CodeNotServed                = "CertificateNotServed"
	CodeRevocationRefused        = "CertificateAuthorityRefusedRevocation"
	CodeCertificateGone          = "CertificateNotInKeyVault"
	CodeTargetDoesNotFit         = "TargetDoesNotFit"
	CodeSomeFailed               = "SomeCertificatesFailed"
	CodeIssuerNotFound           = "IssuerNotFound"
	CodeNoIssuerLeft             = "NoIssuerLeft"
	CodeGatewayUnknown           = "GatewayNotInSettings"
	CodeListenerHasManager       = "ListenerHasManager"
	CodeListenerReverted         = "ListenerReverted"
	CodeTakeOverManaged          = "TakeOverManaged"
	CodeTakeOverTLSProxy         = "TakeOverTlsProxy"
	CodeTakeOverNoHostname       = "TakeOverNoHostname"
	CodeTakeOverPrivate          = "TakeOverPrivate"
	CodeTakeOverPort             = "TakeOverPort"
	CodeTakeOverValidation       = "TakeOverValidation"
	CodeTakeOverUploaded         = "TakeOverUploaded"
	CodeTakeOverSecretOnly       = "TakeOverSecretOnly"
	CodeTakeOverHsm              = "TakeOverHsm"
	CodeTakeOverOtherVault       = "TakeOverOtherVault"
	CodeTakeOverIntegratedIssuer = "TakeOverIntegratedIssuer"
	CodeTakeOverNotServed        = "TakeOverNotServed"
	CodeTakeOverSeveralNames     = "TakeOverSeveralNames"
	CodeTakeOverWildcard         = "TakeOverWildcard"
	CodeTakeOverTemplateOwned    = "TakeOverTemplateOwned"
	CodeTakeOverAtWork           = "TakeOverAtWork"
	CodeTakeOverTagsFull         = "TakeOverTagsFull"
	CodeTakeOverNotReady         = "TakeOverNotReady"

	CodeDNSZoneNotFound        = "DnsZoneNotFound"
	CodeDNSAccessDenied        = "DnsAccessDenied"
	CodeDNSProviderRefused     = "DnsProviderRefused"
	CodeDNSRecordNotServed     = "DnsRecordNotServed"
	CodeDNSDelegationWrong     = "DnsDelegationWrong"
	CodeDNSServedByWildcard    = "DnsNameServedByWildcardOnly"
	CodeDNSSECNotValid         = "DnssecNotValid"
	CodeDNSChallengeNotOffered = "DnsChallengeNotOffered"
)

// Codes lists them all, so that a test can hold the documentation against them.
func Codes() []string {
	return []string{
		CodeHostnameNotResolving,
		CodeValidationFileNotFound,
		CodeValidationFileNotValid,
		CodeOwnershipRefused,
		CodeHTTPChallengeNotOffered,
		CodeCaaForbids,
		CodeOrderRefused,
		CodeRateLimited,
		CodeAccountRefused,
		CodeCertificateNotValid,
		CodeImportedNotUsable,
		CodeVaultAccessDenied,
		CodeVaultRefused,
		CodeNameSoftDeleted,
		CodeStorageAccessDenied,
		CodeStorageContainerMissing,
		CodeGatewayNotFound,
		CodeGatewayAccessDenied,
		CodeGatewayNoPublicIP,
		CodeGatewayStopped,
		CodeGatewayV1,
		CodeGatewayLimit,
		CodeGatewaySettings,
		CodeGatewayRefused,
		CodeGatewayBrokenByOthers,
		CodeNotServed,
		CodeRevocationRefused,
		CodeCertificateGone,
		CodeTargetDoesNotFit,
		CodeSomeFailed,
		CodeIssuerNotFound,
		CodeNoIssuerLeft,
		CodeGatewayUnknown,
		CodeListenerHasManager,
		CodeListenerReverted,
		CodeTakeOverManaged,
		CodeTakeOverTLSProxy,
		CodeTakeOverNoHostname,
		CodeTakeOverPrivate,
		CodeTakeOverPort,
		CodeTakeOverValidation,
		CodeTakeOverUploaded,
		CodeTakeOverSecretOnly,
		CodeTakeOverHsm,
		CodeTakeOverOtherVault,
		CodeTakeOverIntegratedIssuer,
		CodeTakeOverNotServed,
		CodeTakeOverSeveralNames,
		CodeTakeOverWildcard,
		CodeTakeOverTemplateOwned,
		CodeTakeOverAtWork,
		CodeTakeOverTagsFull,
		CodeTakeOverNotReady,
		CodeDNSZoneNotFound,
		CodeDNSAccessDenied,
		CodeDNSProviderRefused,
		CodeDNSRecordNotServed,
		CodeDNSDelegationWrong,
		CodeDNSServedByWildcard,
		CodeDNSSECNotValid,
		CodeDNSChallengeNotOffered,
	}
}
