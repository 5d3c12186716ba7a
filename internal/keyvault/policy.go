package keyvault

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/issuance"
)

const (
	// issuerUnknown makes the vault hand out a CSR and wait for a merge.
	issuerUnknown = "Unknown"
	contentPKCS12 = "application/x-pkcs12"
	// ekuServerAuth is id-kp-serverAuth (RFC 5280 section 4.2.1.12).
	ekuServerAuth = "1.3.6.1.5.5.7.3.1"
	// longestCommonName is ub-common-name (RFC 5280 appendix A.1).
	longestCommonName = 64
	// mailAtPercent of its life tells the vault's contacts, if it has any, that a
	// certificate is still there which should have been renewed at two thirds.
	mailAtPercent = 80
)

// issuePolicy is the policy of a certificate that is about to be signed
// elsewhere. It replaces the stored one, so a changed key type takes effect
// with the next version.
func (v *Vault) issuePolicy(r issuance.CertificateRequest, reuseKey bool) *azcertificates.CertificatePolicy {
	hostnames := r.Hostnames
	p := ourPolicy(v.keysFor(r))
	p.KeyProperties.ReuseKey = to.Ptr(reuseKey)
	p.X509CertificateProperties.EnhancedKeyUsage = []*string{to.Ptr(ekuServerAuth)}
	p.X509CertificateProperties.SubjectAlternativeNames = &azcertificates.SubjectAlternativeNames{DNSNames: to.SliceOfPtrs(hostnames...)}
	// A longer hostname cannot be a common name. The service takes a policy
	// without a subject if it has alternative names, but no empty "CN=".
	if len(hostnames[0]) <= longestCommonName {
		p.X509CertificateProperties.Subject = to.Ptr("CN=" + hostnames[0])
	}
	return p
}

// ourPolicy is what issued and imported certificates have in common. The
// lifetime action is stated because without one the service's default applies,
// and nobody but us may renew.
func ourPolicy(keys keySpec) *azcertificates.CertificatePolicy {
	return &azcertificates.CertificatePolicy{
		IssuerParameters:          &azcertificates.IssuerParameters{Name: to.Ptr(issuerUnknown)},
		KeyProperties:             keys.properties(),
		SecretProperties:          &azcertificates.SecretProperties{ContentType: to.Ptr(contentPKCS12)},
		X509CertificateProperties: &azcertificates.X509CertificateProperties{KeyUsage: keys.usage()},
		LifetimeActions: []*azcertificates.LifetimeAction{{
			Trigger: &azcertificates.LifetimeActionTrigger{LifetimePercentage: to.Ptr(int32(mailAtPercent))},
			Action:  &azcertificates.LifetimeActionType{ActionType: to.Ptr(azcertificates.CertificatePolicyActionEmailContacts)},
		}},
	}
}
