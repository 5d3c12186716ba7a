package vaultsim

import (
	"crypto/x509"
	"encoding/asn1"
	"maps"
	"net/http"
	"slices"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

// importCertificate adds a version with a key that was made elsewhere. The
// chain keeps the order of the upload. The policy must say that a PEM is one;
// what it says of the certificate's content does not count.
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
	if err := checkTags(in.Tags); err != nil {
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
		b, err := bundle.ParsePEM(value, password)
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

// importedPolicy is the given policy with what is known from the certificate:
// all that concerns its content. An EC key needs a key usage without encryption,
// in the certificate or, if that has none, in the policy: the service's default
// has keyEncipherment, which it then refuses.
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
	out := given.merged(policy{"key_props": props}).completed()
	out["x509_props"] = certificateProps(leaf)
	return out, nil
}

// certificateProps are the x509_props of a certificate that is there.
func certificateProps(leaf *x509.Certificate) map[string]any {
	props := map[string]any{
		"subject": subjectText(leaf.RawSubject), "ekus": []any{}, "key_usage": []any{},
		"validity_months": months(leaf.NotBefore, leaf.NotAfter), "basic_constraints": map[string]any{"ca": leaf.IsCA},
	}
	names := map[string]any{}
	for kind, values := range map[string][]string{"dns_names": leaf.DNSNames, "emails": leaf.EmailAddresses} {
		if len(values) > 0 {
			names[kind] = values
		}
	}
	if len(names) > 0 {
		props["sans"] = names
	}
	var usage []any
	for _, name := range slices.Sorted(maps.Keys(keyUsageBits)) {
		if leaf.KeyUsage&(1<<keyUsageBits[name]) != 0 {
			usage = append(usage, name)
		}
	}
	if usage != nil {
		props["key_usage"] = usage
	}
	for _, e := range leaf.Extensions {
		var ids []asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(e.Value, &ids); !e.Id.Equal(oidExtKeyUsage) || err != nil {
			continue
		}
		var ekus []any
		for _, id := range ids {
			ekus = append(ekus, id.String())
		}
		props["ekus"] = ekus
	}
	return props
}

// months is the life of a certificate in months, rounded, from 1 to 1200.
func months(from, to time.Time) int {
	n := 12*(to.Year()-from.Year()) + int(to.Month()-from.Month())
	rest := to.Sub(from.AddDate(0, n, 0))
	switch half := 15 * 24 * time.Hour; {
	case rest >= half:
		n++
	case rest <= -half:
		n--
	}
	return min(max(n, 1), 1200)
}
