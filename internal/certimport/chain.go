package certimport

import (
	"crypto"
	"crypto/x509"
	"slices"
	"time"
)

// leafOf is the certificate of the key. If several have it, as after a renewal
// with the same key, the one that covers the hostname for longest is meant.
func leafOf(certs []*x509.Certificate, key crypto.PublicKey, hostname string) (*x509.Certificate, error) {
	var leaf *x509.Certificate
	for _, c := range certs {
		if samePublic(key, c.PublicKey) && (leaf == nil || better(c, leaf, hostname)) {
			leaf = c
		}
	}
	if leaf != nil {
		return leaf, nil
	}
	return nil, refuse(KeyDoesNotFit, "Send the private key that the certificate was requested with.",
		"The private key does not belong to the certificate (%s).", describe(certs[0]))
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
func chainOf(leaf *x509.Certificate, certs []*x509.Certificate, now time.Time) ([]*x509.Certificate, error) {
	rest := slices.DeleteFunc(slices.Clone(certs), func(c *x509.Certificate) bool {
		return c == leaf || samePublic(c.PublicKey, leaf.PublicKey)
	})
	others := len(rest)
	// Of two certificates of one issuer, such as a cross-signed one, the one that
	// is valid for longer is taken.
	slices.SortStableFunc(rest, func(a, b *x509.Certificate) int { return b.NotAfter.Compare(a.NotAfter) })
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
	if others > 0 && len(chain) == 1 {
		return nil, refuse(CertificateChainNotValid, "Send the intermediate certificates of this certificate, or none.",
			"None of the other certificates of the request has signed the certificate for %s, whose issuer is %s.", describe(leaf), shown(leaf.Issuer.CommonName))
	}
	return chain, nil
}

func selfSigned(c *x509.Certificate) bool {
	return slices.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func samePublic(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}
