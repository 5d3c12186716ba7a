package vaultsim

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"strings"

	"certgate/localstack/vaultsim/bundle"
)

// plainKey is a key that is not a certificate's. It can be made, listed and
// deleted, so that its name is taken; nothing can be done with it.
type plainKey struct {
	lifecycle
	Name       string     `json:"name"`
	ID         string     `json:"id"` // of its only version
	Key        string     `json:"key"`
	Attributes attributes `json:"attributes"`
}

type keyReply struct {
	*deletedItem
	Key        map[string]any  `json:"key"`
	Attributes attributesReply `json:"attributes"`
}

// keyItem is a key in a list.
type keyItem struct {
	*deletedItem
	KID        string     `json:"kid"`
	Attributes attributes `json:"attributes"`
	Managed    bool       `json:"managed,omitempty"`
}

func (k *plainKey) label() string { return k.Name }

func (k *plainKey) brief(c *call) any {
	return keyItem{deletedItem: plainKeys.deletion(c, k), KID: c.base + "/keys/" + k.Name, Attributes: k.Attributes}
}

func (k *plainKey) show(c *call) any {
	out := keyReply{deletedItem: plainKeys.deletion(c, k), Attributes: c.attributes(k.Attributes),
		Key: map[string]any{"kid": c.base + "/keys/" + k.Name + "/" + k.ID, "key_ops": []string{"sign", "verify"}}}
	key, err := bundle.DecodeKey(k.Key)
	if err != nil {
		return out
	}
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		out.Key["kty"], out.Key["n"], out.Key["e"] = "RSA", encodeNumber(public.N.Bytes()), encodeNumber(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return out
		}
		half := len(point) / 2
		out.Key["kty"], out.Key["crv"] = "EC", public.Curve.Params().Name
		out.Key["x"], out.Key["y"] = encodeNumber(point[1:half+1]), encodeNumber(point[half+1:])
	}
	return out
}

func encodeNumber(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (s *Server) createKey(c *call) (reply, error) {
	var in struct {
		Type  string `json:"kty"`
		Size  int    `json:"key_size"`
		Curve string `json:"crv"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	name := strings.ToLower(c.name)
	if c.v.Certificates[name] != nil || c.v.Keys[name] != nil {
		return reply{}, conflict("", "The name %s is already in use.", c.name)
	}
	var view policyView
	view.Key.Type, view.Key.Size, view.Key.Curve = in.Type, in.Size, in.Curve
	if view.isRSA() && view.Key.Size == 0 {
		view.Key.Size = 2048
	}
	if !view.isRSA() && curves[view.Key.Curve] == nil {
		return reply{}, badParameter("kty must be RSA, or EC with crv P-256, P-384 or P-521")
	}
	key, err := generateKey(view)
	if err != nil {
		return reply{}, err
	}
	text, err := bundle.EncodeKey(key)
	if err != nil {
		return reply{}, err
	}
	k := &plainKey{Name: c.name, ID: newVersionID(), Key: text, Attributes: attributes{Enabled: true, Created: c.now.Unix(), Updated: c.now.Unix()}}
	c.v.Keys[name] = k
	return reply{status: http.StatusOK, body: k.show(c)}, nil
}

func (s *Server) getKey(c *call) (reply, error) {
	k, err := plainKeys.find(c)
	if err != nil || c.version != "" && c.version != k.ID {
		return reply{}, plainKeys.notFound(c)
	}
	return reply{status: http.StatusOK, body: k.show(c)}, nil
}

// listKeyVersions lists the versions of a plain key or of a certificate's.
func (s *Server) listKeyVersions(c *call) (reply, error) {
	items := map[string]keyItem{}
	if cert, err := certificates.find(c); err == nil {
		for _, v := range cert.Versions {
			items[v.ID] = keyItem{KID: c.base + "/keys/" + cert.Name + "/" + v.ID, Attributes: v.Attributes, Managed: true}
		}
	}
	if k, err := plainKeys.find(c); err == nil {
		items[k.ID] = keyItem{KID: c.base + "/keys/" + k.Name + "/" + k.ID, Attributes: k.Attributes}
	}
	var ids []string
	for id := range items {
		ids = append(ids, id)
	}
	return list(c, ids, func(id string) any { return items[id] })
}
