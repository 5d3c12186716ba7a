package armsim

import (
	"encoding/base64"
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
		kept, known := old[strings.ToLower(name)]
		switch {
		case data != "":
			kept = upload{data, password}
		case !known:
			refused = badRequest("ApplicationGatewaySslCertificateDataMustBeSpecified", "Data for certificate %s must be specified.", name)
			return
		}
		public, err := kept.publicData()
		if err != nil {
			refused = badRequest("ApplicationGatewaySslCertificateInvalidData", "Data for certificate %s is invalid.", name)
			return
		}
		p["publicCertData"] = public
		uploads[strings.ToLower(name)] = kept
	})
	return uploads, refused
}

// publicData is the leaf, base64 DER.
func (u upload) publicData() (string, error) {
	b, err := bundle.ParsePFX(u.Data, u.Password)
	if err != nil {
		return "", err
	}
	leaf, err := b.Leaf()
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(leaf.Raw), nil
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
