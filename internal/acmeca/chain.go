package acmeca

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/pemtext"
)

// Chain implements issuance.Orders. It takes the chain that is preferred, if the
// authority offers it (RFC 8555 section 7.4.2), else the authority's first.
func (ca *CA) Chain(ctx context.Context, certificateURL, preferred string) ([][]byte, error) {
	preferred = cmp.Or(preferred, ca.chain)
	op := operation{name: "download certificate " + certificateURL, refused: issuance.CodeOrderRefused, reads: true}
	offered := map[string]*acme.RawCertificate{}
	r, err := ca.call(ctx, op, func(core *api.Core) (err error) {
		if preferred != "" {
			offered, err = core.Certificates.GetAll(certificateURL, true)
			return err
		}
		bundle, _, err := core.Certificates.Get(certificateURL, true)
		offered[certificateURL] = &acme.RawCertificate{Cert: bundle}
		return err
	})
	if err != nil {
		return nil, err
	}
	first := offered[certificateURL]
	if first == nil {
		return nil, unreadable(op, r, "no certificate")
	}
	chain, last, err := readChain(op, r, first.Cert)
	if err != nil || preferred == "" || last.Issuer.CommonName == preferred {
		return chain, err
	}
	for _, url := range slices.Sorted(maps.Keys(offered)) {
		if other, last, err := readChain(op, r, offered[url].Cert); err == nil && last.Issuer.CommonName == preferred {
			return other, nil
		}
	}
	ca.log.WarnContext(ctx, "the certificate authority offers no chain that ends at the preferred issuer; taking its first", "wanted", preferred, "taken", last.Issuer.CommonName)
	return chain, nil
}

// readChain reads a chain in PEM; last is the certificate at its end.
func readChain(op operation, r reply, bundle []byte) (chain [][]byte, last *x509.Certificate, err error) {
	blocks, err := pemtext.Blocks(string(bundle))
	if err != nil {
		return nil, nil, damagedChain(op, err.Error())
	}
	for _, block := range blocks {
		cert, err := x509.ParseCertificate(block.DER)
		outline, known := pemtext.OutlineOf(block.DER)
		switch {
		case block.Label != "CERTIFICATE" || !known:
			return nil, nil, unreadable(op, r, "not a certificate chain")
		case err == nil:
			chain, last = append(chain, block.DER), cert
		case last == nil || outline.Issued(last.RawIssuer):
			return nil, nil, damagedChain(op, "The certificate "+shown(outline.CommonName, reasonLength)+" cannot be read: "+err.Error()+".")
		}
		// Else it cannot be parsed and is not needed: an old root behind the chain.
	}
	if len(chain) == 0 {
		return nil, nil, unreadable(op, r, "no certificate")
	}
	return chain, last, nil
}

func damagedChain(op operation, why string) error {
	return &durable.Transient{Public: "The certificate chain that the certificate authority sent is damaged. " + why, Err: fmt.Errorf("%s: %s", op.name, why)}
}
