package vaultsim

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// attributesReply are attributes as replies show them.
type attributesReply struct {
	attributes
	RecoveryLevel   string `json:"recoveryLevel"`
	RecoverableDays int    `json:"recoverableDays"`
}

func (a attributes) reply() attributesReply {
	return attributesReply{a, "Recoverable+Purgeable", int(retention.Hours() / 24)}
}

// certificateReply is a certificate bundle. CER and x5t are of the leaf; the
// chain is only in the secret.
type certificateReply struct {
	ID            string            `json:"id"`
	KID           string            `json:"kid"`
	SID           string            `json:"sid"`
	X5T           string            `json:"x5t"`
	CER           []byte            `json:"cer"`
	ContentType   string            `json:"contentType"`
	Attributes    attributesReply   `json:"attributes"`
	Tags          map[string]string `json:"tags,omitempty"`
	Policy        policy            `json:"policy"`
	PreserveOrder *bool             `json:"preserveCertOrder,omitempty"`
	*deletedItem
}

// certificateItem is a certificate in a list: no issuer, no names.
type certificateItem struct {
	ID         string            `json:"id"`
	X5T        string            `json:"x5t,omitempty"`
	Attributes attributesReply   `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	*deletedItem
}

func (c *certificate) label() string { return c.Name }

func (c *certificate) id(call *call) string { return call.base + "/certificates/" + c.Name }

func (c *certificate) deletable(call *call) error {
	if c.current() == nil {
		return certificates.notFound(call) // pending only: that has its own DELETE
	}
	return nil
}

func (c *certificate) show(call *call) any { return c.bundle(call, c.current()) }

func (c *certificate) bundle(call *call, v *certificateVersion) certificateReply {
	path := c.Name + "/" + v.ID
	return certificateReply{
		ID: call.base + "/certificates/" + path, KID: call.base + "/keys/" + path, SID: call.base + "/secrets/" + path,
		X5T: v.thumbprint(), CER: v.Leaf, ContentType: v.ContentType,
		Attributes: v.Attributes.reply(), Tags: v.Tags, Policy: c.shown(call), PreserveOrder: v.PreserveOrder,
		deletedItem: certificates.deletion(call, c),
	}
}

// thumbprint is x5t: the SHA-1 of the leaf, base64url without padding.
func (v *certificateVersion) thumbprint() string {
	sum := sha1.Sum(v.Leaf)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c *certificate) brief(call *call) any {
	item := certificateItem{ID: c.id(call), deletedItem: certificates.deletion(call, c)}
	if v := c.current(); v != nil {
		item.X5T, item.Attributes, item.Tags = v.thumbprint(), v.Attributes.reply(), v.Tags
	} else {
		item.Attributes = attributes{Created: c.PolicyCreated.Unix(), Updated: c.PolicyUpdated.Unix()}.reply()
		item.Tags = c.Pending.Tags
	}
	return item
}

// findVersion is the wanted version of a live certificate.
func findVersion(c *call) (*certificate, *certificateVersion, error) {
	cert, err := certificates.find(c)
	if err != nil {
		return nil, nil, err
	}
	v := cert.version(c.version)
	if v == nil {
		return nil, nil, certificates.notFound(c)
	}
	return cert, v, nil
}

func (s *Server) getCertificate(c *call) (reply, error) {
	cert, v, err := findVersion(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: cert.bundle(c, v)}, nil
}

// updateCertificate changes attributes and tags of one version. Tags replace
// the whole map; no tags leave it. A policy is refused: it is not a version's.
func (s *Server) updateCertificate(c *call) (reply, error) {
	cert, v, err := findVersion(c)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Attributes attributesInput   `json:"attributes"`
		Tags       map[string]string `json:"tags"`
		Policy     json.RawMessage   `json:"policy"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if len(in.Policy) > 0 {
		return reply{}, badParameter("policy cannot be updated with a version of a certificate")
	}
	v.Attributes.set(in.Attributes, c.now)
	if in.Tags != nil {
		v.Tags = in.Tags
	}
	return reply{status: http.StatusOK, body: cert.bundle(c, v)}, nil
}

func (s *Server) listCertificates(c *call) (reply, error) {
	all := c.v.Certificates
	pending := c.query.Get("includePending") == "true"
	return list(c, slices.Collect(maps.Keys(all)), func(name string) any {
		if x := all[name]; x.live(c.now) && (pending || x.current() != nil) {
			return x.brief(c)
		}
		return nil
	})
}

func (s *Server) listCertificateVersions(c *call) (reply, error) {
	cert, err := certificates.find(c)
	if err != nil {
		return reply{}, err
	}
	var ids []string
	for _, v := range cert.Versions {
		ids = append(ids, v.ID)
	}
	return list(c, ids, func(id string) any {
		v := cert.version(id)
		return certificateItem{ID: cert.id(c) + "/" + id, X5T: v.thumbprint(), Attributes: v.Attributes.reply(), Tags: v.Tags}
	})
}
