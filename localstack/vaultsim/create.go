package vaultsim

import (
	"crypto"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

const (
	issuerUnknown = "Unknown" // the caller takes the CSR to a CA and merges
	issuerSelf    = "Self"
)

var validName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

// createCertificate makes a key and a CSR for the next version. The version
// that is there stays in force until the merge. Making a key takes long, so
// the vault is open for others meanwhile; the second one is refused.
func (s *Server) createCertificate(c *call) (reply, error) {
	var in struct {
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
	next := in.Policy.normal().completed()
	if in.Policy == nil {
		if cert == nil {
			return reply{}, badParameter("a policy is needed for the first version of a certificate")
		}
		next = cert.Policy
	}
	view, err := next.view()
	if err == nil {
		err = view.check()
	}
	if err != nil {
		return reply{}, err
	}
	key, csr, err := c.v.makeKey(cert, view)
	if err != nil {
		return reply{}, err
	}
	if cert, err = c.v.openForVersion(c); err != nil {
		return reply{}, err // another call began while the key was made
	}
	if cert == nil {
		cert = c.v.add(c)
	}
	cert.Policy, cert.PolicyUpdated = next, c.now
	text, err := bundle.EncodeKey(key)
	if err != nil {
		return reply{}, err
	}
	cert.Pending = &operation{RequestID: newVersionID(), Issuer: view.Issuer.Name, CSR: csr, Key: text, Status: inProgress,
		PreserveOrder: in.PreserveOrder, Attributes: in.Attributes, Tags: in.Tags}
	if strings.EqualFold(view.Issuer.Name, issuerSelf) {
		cert.Pending.SignsAt = c.now.Add(s.options.SelfIssueAfter)
	}
	if cert.current() == nil {
		cert.Empty = emptyVersion(in.Attributes, in.Tags, view.X509.Months, c.now)
	}
	query := url.Values{"api-version": c.query["api-version"], "request_id": {cert.Pending.RequestID}}
	return reply{status: http.StatusAccepted, body: cert.operation(c), later: true, location: cert.id(c) + "/pending?" + query.Encode()}, nil
}

// emptyVersion stands for the first version until it comes. Its dates are those
// of the certificate that the issuer Self would have made.
func emptyVersion(in attributesInput, tags map[string]string, months int, now time.Time) *certificateVersion {
	from, to := now.Add(-10*time.Minute).Unix(), now.AddDate(0, months, 0).Unix()
	v := &certificateVersion{ID: newVersionID(), Tags: tags, Attributes: attributes{NotBefore: &from, Expires: &to, Created: now.Unix()}}
	v.Attributes.set(attributesInput{NotBefore: in.NotBefore, Expires: in.Expires}, now)
	return v
}

// openForVersion is the certificate that can get a version, nil for a new name.
func (v *vault) openForVersion(c *call) (*certificate, error) {
	if x := v.Secrets[strings.ToLower(c.name)]; x != nil {
		if err := x.taken("secret", c.name, c.now); err != nil {
			return nil, err
		}
		return nil, conflict("", "The name %s is already in use by a secret.", c.name)
	}
	if x := v.Keys[strings.ToLower(c.name)]; x != nil {
		if err := x.taken("key", c.name, c.now); err != nil {
			return nil, err
		}
		return nil, conflict("", "The name %s is already in use by a key.", c.name)
	}
	cert := v.Certificates[strings.ToLower(c.name)]
	if cert == nil {
		return nil, nil
	}
	if err := cert.taken("certificate", c.name, c.now); err != nil {
		return nil, err
	}
	if cert.Pending != nil && cert.Pending.Status == inProgress {
		// The service pairs the status 409 with the code Forbidden here.
		return nil, Refusal{Status: http.StatusConflict, Code: "Forbidden",
			Message: "A new key vault certificate can not be created or imported while a pending key vault certificate's status is inProgress."}
	}
	return cert, nil
}

func (v *vault) add(c *call) *certificate {
	cert := &certificate{Name: c.name, PolicyCreated: c.now, PolicyUpdated: c.now}
	v.Certificates[strings.ToLower(c.name)] = cert
	return cert
}

// makeKey makes (or reuses, if the policy says so) the key and its CSR.
func (v *vault) makeKey(cert *certificate, view policyView) (key crypto.Signer, csr []byte, err error) {
	if view.Key.Reuse && cert != nil && cert.current() != nil {
		if key, err = bundle.DecodeKey(cert.current().Key); err != nil {
			return nil, nil, err
		}
	}
	v.mu.Unlock()
	defer v.mu.Lock()
	if key == nil {
		if key, err = generateKey(view); err != nil {
			return nil, nil, err
		}
	}
	csr, err = createCSR(view, key)
	return key, csr, err
}
