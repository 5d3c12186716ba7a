package armsim

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"strings"

	"certgate/localstack/vaultsim/bundle"
)

// upload is a certificate that was uploaded with its key. The document never
// shows it; an entry that comes back without it keeps it, by its name.
type upload struct {
	Data     string `json:"data"`
	Password string `json:"password,omitempty"`
}

// takeUploads moves data and password of every uploaded certificate out of the
// document.
func takeUploads(doc object, old map[string]upload) (map[string]upload, error) {
	uploads := map[string]upload{}
	var refused error
	children(properties(doc), "sslCertificates", func(name string, child object) {
		p := properties(child)
		data, _ := p["data"].(string)
		password, _ := p["password"].(string)
		delete(p, "data")
		delete(p, "password")
		if secret, _ := p["keyVaultSecretId"].(string); secret != "" || refused != nil {
			delete(p, "publicCertData")
			return
		}
		if _, hsm := p["hsm"].(object); hsm {
			return // its key is in a managed HSM, which is not simulated and believed
		}
		kept, known := old[strings.ToLower(name)]
		switch {
		case data != "":
			kept = upload{data, password}
		case !known:
			// Also what an api-version that hides "hsm" leaves of such an entry. What
			// the service does with that was never seen.
			refused = badRequest("ApplicationGatewaySslCertificateDataMustBeSpecified", "Data for certificate %s must be specified.", name)
			return
		}
		public, err := kept.publicData()
		if err != nil {
			refused = badRequest("ApplicationGatewaySslCertificateInvalidData", "Data for certificate %s is invalid.", name)
			return
		}
		delete(p, "publicCertData") // not shown before the upload has succeeded
		if data == "" {
			p["publicCertData"] = public
		}
		uploads[strings.ToLower(name)] = kept
	})
	return uploads, refused
}

// showUploads adds what is public of every uploaded certificate.
func showUploads(doc object, uploads map[string]upload) {
	children(properties(doc), "sslCertificates", func(name string, child object) {
		u, ok := uploads[strings.ToLower(name)]
		if !ok {
			return
		}
		if public, err := u.publicData(); err == nil { // it was read when it came
			properties(child)["publicCertData"] = public
		}
	})
}

// publicData is the chain in a PKCS#7, leaf first, in base64.
func (u upload) publicData() (string, error) {
	b, err := bundle.ParsePFX(u.Data, u.Password)
	if err != nil {
		return "", err
	}
	leaf, err := b.Leaf()
	if err != nil {
		return "", err
	}
	chain := []*x509.Certificate{leaf}
	for _, cert := range b.Certificates {
		if !cert.Equal(leaf) {
			chain = append(chain, cert)
		}
	}
	return publicCertData(chain)
}

// applied is the document for the gateway itself: with the uploaded keys.
func applied(doc object, uploads map[string]upload) (json.RawMessage, error) {
	full := clone(doc)
	children(properties(full), "sslCertificates", func(name string, child object) {
		if u, ok := uploads[strings.ToLower(name)]; ok {
			p := properties(child)
			p["data"], p["password"] = u.Data, u.Password
		}
	})
	data, err := json.Marshal(full)
	if err != nil {
		return nil, fmt.Errorf("encode gateway document: %w", err)
	}
	return data, nil
}
