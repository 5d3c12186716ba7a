package certimport

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"slices"
	"time"
)

// leafOf is the certificate of the key. If several have it, as after a renewal
// with the same key, the one that covers the hostname for longest is meant.
func (u *upload) leafOf(key crypto.PublicKey, hostname string) (*x509.Certificate, error) {
	var leaf *x509.Certificate
	for _, c := range u.certificates {
		if samePublic(key, c.PublicKey) && (leaf == nil || better(c, leaf, hostname)) {
			leaf = c
		}
	}
	if leaf != nil {
		return leaf, nil
	}
	if len(u.unread) > 0 {
		return nil, refuse(KeyDoesNotFit, "Send the private key that the certificate was requested with.",
			"The private key does not belong to the certificate (%s). The certificate %s was left out because it cannot be read: %s.", describe(u.certificates[0]), u.unread[0], u.unread[0].why)
	}
	return nil, refuse(KeyDoesNotFit, "Send the private key that the certificate was requested with.",
		"The private key does not belong to the certificate (%s).", describe(u.certificates[0]))
}

func better(c, than *x509.Certificate, hostname string) bool {
	covers, covered := c.VerifyHostname(hostname) == nil, than.VerifyHostname(hostname) == nil
	if covers != covered {
		return covers
	}
	return c.NotAfter.After(than.NotAfter)
}

// chainOf puts behind the leaf the issuer of each certificate, up to where the
// upload goes. The root may be missing; clients have it. An upload that has other
// certificates, but not the leaf's issuer, has the wrong chain.
func (u *upload) chainOf(leaf *x509.Certificate, now time.Time) ([]*x509.Certificate, error) {
	rest := slices.DeleteFunc(slices.Clone(u.certificates), func(c *x509.Certificate) bool {
		return c == leaf || samePublic(c.PublicKey, leaf.PublicKey)
	})
	others := len(rest)
	// Of two certificates of one issuer the cross-signed one is taken before the
	// root, which would end the chain where older clients have to go on; of others
	// the one that is valid for longer. What has expired comes last.
	slices.SortStableFunc(rest, func(a, b *x509.Certificate) int {
		return cmp.Or(falseFirst(now.After(a.NotAfter), now.After(b.NotAfter)), falseFirst(selfSigned(a), selfSigned(b)), b.NotAfter.Compare(a.NotAfter))
	})
	chain := []*x509.Certificate{leaf}
	for last := leaf; !selfSigned(last); last = chain[len(chain)-1] {
		i := slices.IndexFunc(rest, func(c *x509.Certificate) bool { return last.CheckSignatureFrom(c) == nil })
		if i < 0 {
			break
		}
		if issuer := rest[i]; now.After(issuer.NotAfter) && !selfSigned(issuer) {
			return nil, refuse(CertificateExpired, "Send the intermediate certificate that the certificate authority uses now.",
				"The intermediate certificate %s expired on %s.", describe(issuer), day(issuer.NotAfter))
		}
		chain = append(chain, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	last := chain[len(chain)-1]
	for _, odd := range u.unread {
		if odd.issued(last) {
			return nil, refuse(CertificateChainNotValid, "Send that intermediate certificate as the certificate authority publishes it now.",
				"The intermediate certificate %s, which the chain needs, cannot be read: %s.", odd, odd.why)
		}
	}
	if others > 0 && len(chain) == 1 {
		return nil, refuse(CertificateChainNotValid, "Send the intermediate certificates of this certificate, or none.",
			"None of the other certificates of the request has signed the certificate for %s, whose issuer is %s.", describe(leaf), shown(leaf.Issuer.CommonName))
	}
	return chain, nil
}

func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// warnings are what is taken all the same.
func warnings(chain []*x509.Certificate) []string {
	leaf := chain[0]
	if len(chain) > 1 || selfSigned(leaf) {
		return nil
	}
	text := "The certificate came without its intermediate certificate, so that clients which do not fetch it themselves will not trust it. Import it again with the certificate of its issuer, " + shown(leaf.Issuer.CommonName)
	for _, address := range leaf.IssuingCertificateURL[:min(1, len(leaf.IssuingCertificateURL))] {
		text += ", which is at " + shown(address)
	}
	return []string{text + "."}
}

func selfSigned(c *x509.Certificate) bool {
	return slices.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func samePublic(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}
