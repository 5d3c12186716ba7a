package gatewayprobe

import (
	"bytes"
	"crypto/tls"
	"testing"
)

func TestAWildcardIsLookedAtThroughANameThatItCovers(t *testing.T) {
	t.Parallel()
	wild, other := selfSigned(t, "*.apps.test"), selfSigned(t, "other.test")
	at := serveTLS(t, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.SupportsCertificate(&wild) == nil { // its name is one that the wildcard covers
			return &wild, nil
		}
		return &other, nil
	}})
	leaf, err := New(Config{HTTPSPort: int(at.Port())}).ServedLeaf(t.Context(), "*.apps.test", at.Addr())
	if err != nil || !bytes.Equal(leaf, wild.Certificate[0]) {
		t.Errorf("got another leaf or %v", err)
	}
}
