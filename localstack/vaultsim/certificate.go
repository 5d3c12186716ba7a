package vaultsim

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// attributesReply are attributes as replies show them; lists leave out what
// concerns recovery.
type attributesReply struct {
	attributes
	RecoveryLevel   string `json:"recoveryLevel"`
	RecoverableDays int    `json:"recoverableDays"`
}

func (c *call) attributes(a attributes) attributesReply {
	level := "Recoverable+Purgeable"
	if c.retention != defaultRetention {
		level = "CustomizedRecoverable+Purgeable"
	}
	return attributesReply{a, level, int(c.retention.Hours() / 24)}
}

// certificateReply is a certificate bundle, its members in the service's order.
// CER and x5t are of the leaf; the chain is only in the secret. The empty version
// has neither, and no key and no secret.
type certificateReply struct {
	*deletedItem
	ID            string            `json:"id"`
	KID           string            `json:"kid,omitempty"`
	SID           string            `json:"sid,omitempty"`
	X5T           string            `json:"x5t,omitempty"`
	CER           []byte            `json:"cer,omitempty"`
	Attributes    attributesReply   `json:"attributes"`
	Tags          map[string]string `json:"tags,omitempty"`
	Policy        policy            `json:"policy,omitempty"`
	Pending       *pendingReply     `json:"pending,omitempty"`
	PreserveOrder *bool             `json:"preserveCertOrder,omitempty"`
}

// pendingReply is there as long as the operation can be read, completed or not.
type pendingReply struct {
	ID string `json:"id"`
}

// certificateItem is a certificate in a list: no issuer, no names.
type certificateItem struct {
	*deletedItem
	ID         string            `json:"id"`
	X5T        string            `json:"x5t,omitempty"`
	Attributes attributes        `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	Subject    string            `json:"subject"` // always empty
}

func (c *certificate) label() string { return c.Name }

func (c *certificate) id(call *call) string { return call.base + "/certificates/" + c.Name }

func (c *certificate) show(call *call) any { return c.bundle(call, c.shownVersion("")) }

// bundle is the version with what belongs to the whole certificate.
func (c *certificate) bundle(call *call, v *certificateVersion) certificateReply {
	out := c.versionReply(call, v)
	out.Policy, out.deletedItem = c.shown(call), certificates.deletion(call, c)
	if c.Pending != nil {
		out.Pending = &pendingReply{c.id(call) + "/pending"}
	}
	return out
}

// versionReply is the version alone, as a read by version shows it.
func (c *certificate) versionReply(call *call, v *certificateVersion) certificateReply {
	path := c.Name + "/" + v.ID
	out := certificateReply{ID: call.base + "/certificates/" + path, Attributes: call.attributes(v.Attributes), Tags: v.Tags, PreserveOrder: v.PreserveOrder}
	if v.Leaf != nil {
		out.KID, out.SID = call.base+"/keys/"+path, call.base+"/secrets/"+path
		out.X5T, out.CER = v.thumbprint(), v.Leaf
	}
	return out
}

// thumbprint is x5t: the SHA-1 of the leaf, base64url without padding; "" of the
// empty version.
func (v *certificateVersion) thumbprint() string {
	if v.Leaf == nil {
		return ""
	}
	sum := sha1.Sum(v.Leaf)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (c *certificate) brief(call *call) any {
	v := c.shownVersion("")
	return certificateItem{deletedItem: certificates.deletion(call, c), ID: c.id(call), X5T: v.thumbprint(), Attributes: v.Attributes, Tags: v.Tags}
}

// findVersion is the wanted version of a live certificate, perhaps the empty one.
func findVersion(c *call) (*certificate, *certificateVersion, error) {
	cert, err := certificates.find(c)
	if err != nil {
		return nil, nil, err
	}
	v := cert.shownVersion(c.version)
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
	if c.version != "" {
		return reply{status: http.StatusOK, body: cert.versionReply(c, v)}, nil
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
	if err := checkTags(in.Tags); err != nil {
		return reply{}, err
	}
	v.Attributes.set(in.Attributes, c.now)
	if in.Tags != nil {
		v.Tags = in.Tags
	}
	return reply{status: http.StatusOK, body: cert.bundle(c, v)}, nil
}

// listCertificates leaves out the names whose first version is pending, unless
// they are asked for. What a deleted operation left behind is a certificate.
func (s *Server) listCertificates(c *call) (reply, error) {
	all := c.v.Certificates
	pending := c.query.Get("includePending") == "true"
	return list(c, slices.Collect(maps.Keys(all)), func(name string) any {
		if x := all[name]; x.live(c.now) && (pending || x.current() != nil || x.Pending == nil) {
			return x.brief(c)
		}
		return nil
	})
}

func (s *Server) listCertificateVersions(c *call) (reply, error) {
	cert, err := certificates.find(c)
	if err != nil {
		return list(c, nil, nil) // of a name that is not there the service lists nothing
	}
	var ids []string
	for _, v := range cert.Versions {
		ids = append(ids, v.ID)
	}
	if cert.Empty != nil {
		ids = append(ids, cert.Empty.ID)
	}
	return list(c, ids, func(id string) any {
		v := cert.shownVersion(id)
		return certificateItem{ID: cert.id(c) + "/" + id, X5T: v.thumbprint(), Attributes: v.Attributes, Tags: v.Tags}
	})
}
