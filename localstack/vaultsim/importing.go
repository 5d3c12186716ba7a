package vaultsim

import (
	"crypto/x509"
	"errors"
	"net/http"

	"certgate/localstack/vaultsim/bundle"
)

// importCertificate adds a version with a key that was made elsewhere. The
// chain keeps the order of the upload. The policy must say that a PEM is one.
func (s *Server) importCertificate(c *call) (reply, error) {
	var in struct {
		Value         string            `json:"value"`
		Password      string            `json:"pwd"`
		Policy        policy            `json:"policy"`
		Attributes    attributesInput   `json:"attributes"`
		Tags          map[string]string `json:"tags"`
		PreserveOrder *bool             `json:"preserveCertOrder"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	cert, err := c.v.openForVersion(c)
	if err != nil {
		return reply{}, err
	}
	given, err := in.Policy.view()
	if err != nil {
		return reply{}, err
	}
	read, err := readImport(in.Value, in.Password, given)
	if err != nil {
		return reply{}, err
	}
	leaf, err := read.Leaf()
	if err != nil {
		return reply{}, badParameter("The specified certificate and its private key do not match.")
	}
	next, err := importedPolicy(in.Policy, given, read, leaf)
	if err != nil {
		return reply{}, err
	}
	view, err := next.view()
	if err == nil {
		err = view.check()
	}
	if err != nil {
		return reply{}, err
	}
	if cert == nil {
		cert = c.v.add(c)
	}
	v := newVersion(leaf, in.Attributes, c.now)
	if v.Key, err = bundle.EncodeKey(read.Key); err != nil {
		return reply{}, err
	}
	v.Tags, v.PreserveOrder, v.ContentType, v.Exportable = in.Tags, in.PreserveOrder, view.Secret.ContentType, view.Key.Exportable
	v.setChain(read.Certificates)
	cert.Policy, cert.PolicyUpdated = next, c.now
	cert.Versions = append(cert.Versions, v)
	return reply{status: http.StatusOK, body: cert.bundle(c, v)}, nil
}

// readImport reads what was uploaded. Its errors never quote the value.
func readImport(value, password string, given policyView) (bundle.Bundle, error) {
	if given.Secret.ContentType == bundle.TypePEM {
		b, err := bundle.ParsePEM(value)
		if err != nil {
			return b, badParameter("The specified PEM X.509 certificate content is in an unexpected format. Please check if certificate is in valid PEM format: %v.", err)
		}
		return b, nil
	}
	b, err := bundle.ParsePFX(value, password)
	if err != nil {
		return b, badParameter("The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid PKCS#12 format and its password is right.")
	}
	return b, nil
}

// importedPolicy is the given policy, completed from the certificate. For an EC
// key the key usage must be given: the service's default has keyEncipherment,
// which it then refuses.
func importedPolicy(given policy, view policyView, b bundle.Bundle, leaf *x509.Certificate) (policy, error) {
	props, err := keyProps(b.Key.Public())
	if err != nil {
		return nil, err
	}
	if props["kty"] == "EC" {
		usage := view
		usage.Key.Type = "EC"
		if len(usage.X509.KeyUsage) == 0 || leaf.KeyUsage&(x509.KeyUsageKeyEncipherment|x509.KeyUsageDataEncipherment) != 0 {
			usage.X509.KeyUsage = []string{"digitalSignature", "keyEncipherment"}
		}
		if err := usage.checkUsage(); err != nil {
			return nil, err
		}
	}
	if view.Key.Type != "" && view.Key.Type != props["kty"] {
		return nil, badParameter("key_props.kty is %s but the certificate's key is %s", view.Key.Type, props["kty"])
	}
	subject := leaf.Subject.String()
	if _, err := parseSubject(subject); errors.As(err, new(Refusal)) {
		subject = ""
	}
	names := map[string]any{}
	if len(leaf.DNSNames) > 0 {
		names["dns_names"] = leaf.DNSNames
	}
	derived := policy{"key_props": props, "x509_props": map[string]any{"subject": subject, "sans": names}, "issuer": map[string]any{"name": issuerUnknown}}
	return derived.merged(given).merged(policy{"key_props": props}).completed(), nil
}
