package vaultsim

import (
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"certgate/localstack/vaultsim/bundle"
)

// secretReply is a secret, a plain one or a certificate's (then Managed).
// In lists it has no value.
type secretReply struct {
	*deletedItem
	Value       *string           `json:"value,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	ID          string            `json:"id"`
	Managed     bool              `json:"managed,omitempty"`
	Attributes  attributesReply   `json:"attributes"`
	Tags        map[string]string `json:"tags,omitempty"`
	KID         string            `json:"kid,omitempty"`
}

func (s *secret) label() string { return s.Name }

func (s *secret) show(c *call) any {
	return s.reply(c, s.version(""), "/"+s.version("").ID)
}

func (s *secret) brief(c *call) any { return s.reply(c, s.version(""), "") }

// reply is the version without its value.
func (s *secret) reply(c *call, v *secretVersion, suffix string) secretReply {
	return secretReply{ID: c.base + "/secrets/" + s.Name + suffix, ContentType: v.ContentType,
		Attributes: c.attributes(v.Attributes), Tags: v.Tags, deletedItem: secrets.deletion(c, s)}
}

func managedReply(c *call, cert *certificate, v *certificateVersion, suffix string) secretReply {
	return secretReply{ID: c.base + "/secrets/" + cert.Name + suffix, ContentType: v.ContentType, Managed: true,
		KID: c.base + "/keys/" + cert.Name + "/" + v.ID, Attributes: c.attributes(v.Attributes), Tags: v.Tags}
}

// getSecret reads a plain secret or that of a certificate.
func (s *Server) getSecret(c *call) (reply, error) {
	if cert, v, err := findVersion(c); err == nil && v.Leaf != nil {
		if !v.Attributes.Enabled {
			return reply{}, disabled()
		}
		value, err := v.secretValue()
		if err != nil {
			return reply{}, err
		}
		out := managedReply(c, cert, v, "/"+v.ID)
		out.Value = &value
		return reply{status: http.StatusOK, body: out}, nil
	}
	x, err := secrets.find(c)
	if err != nil {
		return reply{}, err
	}
	v := x.version(c.version)
	if v == nil {
		return reply{}, secrets.notFound(c)
	}
	if !v.Attributes.Enabled {
		return reply{}, disabled()
	}
	out := x.reply(c, v, "/"+v.ID)
	out.Value = &v.Value
	return reply{status: http.StatusOK, body: out}, nil
}

func disabled() Refusal {
	return Refusal{Status: http.StatusForbidden, Code: "Forbidden", Inner: "SecretDisabled", Message: "Operation get is not allowed on a disabled secret."}
}

// secretValue is the certificate with its chain and key in the form of its
// content type; the key is missing if it is not exportable.
func (v *certificateVersion) secretValue() (string, error) {
	var b bundle.Bundle
	for _, der := range v.Chain {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return "", fmt.Errorf("read stored chain: %w", err)
		}
		b.Certificates = append(b.Certificates, cert)
	}
	var err error
	if b.Key, err = bundle.DecodeKey(v.Key); err != nil {
		return "", fmt.Errorf("read stored key: %w", err)
	}
	if !v.Exportable {
		return bundle.EncodeCertificates(b.Certificates, v.ContentType)
	}
	return bundle.Encode(b, v.ContentType)
}

// setSecret adds a version of a plain secret. It does not inherit tags.
func (s *Server) setSecret(c *call) (reply, error) {
	var in struct {
		Value       *string           `json:"value"`
		ContentType string            `json:"contentType"`
		Attributes  attributesInput   `json:"attributes"`
		Tags        map[string]string `json:"tags"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := checkTags(in.Tags); err != nil {
		return reply{}, err
	}
	if in.Value == nil {
		return reply{}, badParameter("value must be specified")
	}
	key := strings.ToLower(c.name)
	if cert := c.v.Certificates[key]; cert != nil {
		if err := cert.taken("certificate", c.name, c.now); err != nil {
			return reply{}, err
		}
		return reply{}, conflict("", "The name %s is already in use by a certificate.", c.name)
	}
	x := c.v.Secrets[key]
	if x == nil {
		x = &secret{Name: c.name}
	}
	if err := x.taken("secret", c.name, c.now); err != nil {
		return reply{}, err
	}
	v := &secretVersion{ID: newVersionID(), Value: *in.Value, ContentType: in.ContentType, Tags: in.Tags,
		Attributes: attributes{Enabled: true, Created: c.now.Unix()}}
	v.Attributes.set(in.Attributes, c.now)
	x.Versions = append(x.Versions, v)
	c.v.Secrets[key] = x
	out := x.reply(c, v, "/"+v.ID)
	out.Value = in.Value
	return reply{status: http.StatusOK, body: out}, nil
}

// updateSecret changes attributes, tags and content type of a plain secret.
func (s *Server) updateSecret(c *call) (reply, error) {
	x, err := secrets.find(c)
	if err != nil {
		return reply{}, err
	}
	v := x.version(c.version)
	if v == nil {
		return reply{}, secrets.notFound(c)
	}
	var in struct {
		ContentType *string           `json:"contentType"`
		Attributes  attributesInput   `json:"attributes"`
		Tags        map[string]string `json:"tags"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := checkTags(in.Tags); err != nil {
		return reply{}, err
	}
	v.Attributes.set(in.Attributes, c.now)
	if in.Tags != nil {
		v.Tags = in.Tags
	}
	if in.ContentType != nil {
		v.ContentType = *in.ContentType
	}
	return reply{status: http.StatusOK, body: x.reply(c, v, "/"+v.ID)}, nil
}

// listSecrets lists plain secrets and those of certificates.
func (s *Server) listSecrets(c *call) (reply, error) {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(c.v.Secrets)), maps.Keys(c.v.Certificates))
	return list(c, keys, func(key string) any {
		if x := c.v.Secrets[key]; x != nil && x.live(c.now) {
			return x.brief(c)
		}
		if cert := c.v.Certificates[key]; cert != nil && cert.live(c.now) && cert.current() != nil {
			return managedReply(c, cert, cert.current(), "")
		}
		return nil
	})
}

func (s *Server) listSecretVersions(c *call) (reply, error) {
	if cert, err := certificates.find(c); err == nil && cert.current() != nil {
		var ids []string
		for _, v := range cert.Versions {
			ids = append(ids, v.ID)
		}
		return list(c, ids, func(id string) any { return managedReply(c, cert, cert.version(id), "/"+id) })
	}
	x, err := secrets.find(c)
	if err != nil {
		return list(c, nil, nil)
	}
	var ids []string
	for _, v := range x.Versions {
		ids = append(ids, v.ID)
	}
	return list(c, ids, func(id string) any { return x.reply(c, x.version(id), "/"+id) })
}
