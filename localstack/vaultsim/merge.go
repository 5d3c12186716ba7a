package vaultsim

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

// mergeCertificate completes the pending operation. The certificates may come
// in any order; the leaf is the one with the pending key's public key.
func (s *Server) mergeCertificate(c *call) (reply, error) {
	cert, err := findPending(c)
	if err != nil {
		return reply{}, err
	}
	if cert.Pending.Status != inProgress {
		return reply{}, notFound("PendingCertificateNotFound", "Pending certificate not found: %s", c.name)
	}
	if !cert.Pending.SignsAt.IsZero() {
		return reply{}, Refusal{Status: http.StatusForbidden, Code: "Forbidden",
			Message: "Merge is forbidden on a pending object created with an issuer while it is in progress."}
	}
	var in struct {
		Chain      [][]byte          `json:"x5c"`
		Attributes attributesInput   `json:"attributes"`
		Tags       map[string]string `json:"tags"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := checkTags(in.Tags); err != nil {
		return reply{}, err
	}
	chain, err := parseChain(in.Chain)
	if err != nil {
		return reply{}, err
	}
	version, err := cert.complete(chain, c.now)
	if err != nil {
		return reply{}, err
	}
	version.Attributes.set(in.Attributes, c.now)
	if in.Tags != nil {
		version.Tags = in.Tags
	}
	query := url.Values{"api-version": c.query["api-version"]}
	return reply{status: http.StatusCreated, body: cert.bundle(c, version), location: cert.id(c) + "?" + query.Encode()}, nil
}

// parseChain reads DER certificates. PEM text inside of the base64, a common
// mistake, fails with the words of the service.
func parseChain(x5c [][]byte) ([]*x509.Certificate, error) {
	if len(x5c) == 0 {
		return nil, badParameter("x5c must hold the certificate")
	}
	var out []*x509.Certificate
	for i, der := range x5c {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, badParameter("Property x5c has invalid value: element %d: ASN1 bad tag value met: %v", i, err)
		}
		out = append(out, cert)
	}
	return out, nil
}

// complete turns the pending operation and its certificates into the newest
// version.
func (c *certificate) complete(chain []*x509.Certificate, now time.Time) (*certificateVersion, error) {
	key, err := bundle.DecodeKey(c.Pending.Key)
	if err != nil {
		return nil, err
	}
	leaf := bundle.Find(chain, key.Public())
	if leaf < 0 {
		return nil, badParameter("The public key of the end-entity certificate in the specified X.509 certificate content does not match the public part of the specified private key. Please check if certificate is valid.")
	}
	view, err := c.Policy.view()
	if err != nil {
		return nil, err
	}
	v := newVersion(chain[leaf], c.Pending.Attributes, now)
	if c.Empty != nil {
		v.ID, c.Empty = c.Empty.ID, nil
	}
	v.Key, v.PreserveOrder, v.Tags = c.Pending.Key, c.Pending.PreserveOrder, c.Pending.Tags
	v.ContentType, v.Exportable = view.Secret.ContentType, view.Key.Exportable
	v.setChain(mergedOrder(chain, leaf, v))
	c.Versions = append(c.Versions, v)
	c.Pending.Status, c.Pending.Target = completed, v.ID
	return v, nil
}

// mergedOrder is the order in which the secret shows a merged chain. Nothing
// documents it; as observed, the service sorts (PEM leaf first, PFX root
// first), and with preserveCertOrder it shows the reverse of what was merged.
func mergedOrder(chain []*x509.Certificate, leaf int, v *certificateVersion) []*x509.Certificate {
	if v.PreserveOrder != nil && *v.PreserveOrder {
		out := slices.Clone(chain)
		slices.Reverse(out)
		return out
	}
	out := bundle.Sort(chain, leaf)
	if v.ContentType == bundle.TypePFX {
		slices.Reverse(out)
	}
	return out
}

func newVersion(leaf *x509.Certificate, in attributesInput, now time.Time) *certificateVersion {
	from, to := leaf.NotBefore.Unix(), leaf.NotAfter.Unix()
	v := &certificateVersion{ID: newVersionID(), Leaf: leaf.Raw,
		Attributes: attributes{Enabled: true, NotBefore: &from, Expires: &to, Created: now.Unix()}}
	v.Attributes.set(in, now)
	return v
}

func (v *certificateVersion) setChain(chain []*x509.Certificate) {
	v.Chain = nil
	for _, cert := range chain {
		v.Chain = append(v.Chain, cert.Raw)
	}
}
