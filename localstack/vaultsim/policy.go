package vaultsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"certgate/localstack/vaultsim/bundle"
)

// policy is a certificate policy as JSON: members that are not known here come
// back as they were sent.
type policy map[string]any

// policyView is what the simulator itself reads of a policy.
type policyView struct {
	Key struct {
		Type       string `json:"kty"`
		Curve      string `json:"crv"`
		Size       int    `json:"key_size"`
		Exportable bool   `json:"exportable"`
		Reuse      bool   `json:"reuse_key"`
	} `json:"key_props"`
	Secret struct {
		ContentType string `json:"contentType"`
	} `json:"secret_props"`
	X509 struct {
		Subject string `json:"subject"`
		SANs    struct {
			DNSNames    []string `json:"dns_names"`
			Emails      []string `json:"emails"`
			URIs        []string `json:"uris"`
			IPAddresses []string `json:"ipAddresses"`
		} `json:"sans"`
		EKUs     []string `json:"ekus"`
		KeyUsage []string `json:"key_usage"`
		Months   int      `json:"validity_months"`
	} `json:"x509_props"`
	Issuer struct {
		Name string `json:"name"`
	} `json:"issuer"`
}

func (p policy) view() (policyView, error) {
	var v policyView
	raw, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		return v, badParameter("the policy is not valid: %v", err)
	}
	return v, nil
}

// merged is p with the members of change in it; objects are merged member by
// member, everything else is replaced. Neither argument is changed.
func (p policy) merged(change map[string]any) policy {
	out := policy{}
	for name, value := range p {
		out[name] = value
	}
	for name, value := range change {
		old, isObject := out[name].(map[string]any)
		update, alsoObject := value.(map[string]any)
		if isObject && alsoObject {
			value = map[string]any(policy(old).merged(update))
		}
		out[name] = value
	}
	return out
}

// completed fills in the service's defaults, which depend on the key type.
func (p policy) completed() policy {
	keyProps := map[string]any{"kty": "RSA", "exportable": true, "reuse_key": false}
	usage := []any{"digitalSignature", "keyEncipherment"}
	given, _ := p["key_props"].(map[string]any)
	if kty, _ := given["kty"].(string); strings.HasPrefix(kty, "EC") {
		keyProps["crv"] = "P-256"
		usage = []any{"digitalSignature"}
	} else {
		keyProps["key_size"] = 2048
	}
	return policy{
		"key_props":    keyProps,
		"secret_props": map[string]any{"contentType": bundle.TypePFX},
		"x509_props": map[string]any{"key_usage": usage, "ekus": []any{ekuServerAuth, ekuClientAuth}, "validity_months": 12,
			"basic_constraints": map[string]any{"ca": false}},
		"lifetime_actions": []any{map[string]any{
			"trigger": map[string]any{"lifetime_percentage": 80}, "action": map[string]any{"action_type": p.usualAction()}}},
		"issuer": map[string]any{"name": issuerUnknown},
	}.merged(p)
}

// usualAction is what happens near the end of a certificate's life unless the
// policy says otherwise: the vault renews what it signs itself.
func (p policy) usualAction() string {
	issuer, _ := p["issuer"].(map[string]any)
	if name, _ := issuer["name"].(string); strings.EqualFold(name, issuerSelf) {
		return "AutoRenew"
	}
	return "EmailContacts"
}

// check refuses what the service would not make a certificate of.
func (v policyView) check() error {
	kinds := []string{"RSA", "RSA-HSM", "EC", "EC-HSM"}
	hsm := strings.HasSuffix(v.Key.Type, "-HSM")
	switch {
	case !slices.Contains(kinds, v.Key.Type):
		return badParameter("key_props.kty must be one of %s", strings.Join(kinds, ", "))
	case hsm && v.Key.Exportable:
		return badParameter("a key of type %s cannot be exportable", v.Key.Type)
	case v.isRSA() && !slices.Contains([]int{2048, 3072, 4096}, v.Key.Size):
		return badParameter("key_props.key_size must be 2048, 3072 or 4096")
	case !v.isRSA() && curves[v.Key.Curve] == nil:
		return badParameter("key_props.crv must be P-256, P-384 or P-521")
	case !contentTypeKnown(v.Secret.ContentType):
		return badParameter("secret_props.contentType must be %s or %s", bundle.TypePFX, bundle.TypePEM)
	case !strings.EqualFold(v.Issuer.Name, issuerUnknown) && !strings.EqualFold(v.Issuer.Name, issuerSelf):
		return Refusal{Status: http.StatusNotImplemented, Code: "NotSupported", Message: "Issuers other than Unknown and Self are not simulated."}
	case v.X509.Months < 1 || v.X509.Months > 1200:
		return badParameter("x509_props.validity_months is out of range")
	}
	return v.checkUsage()
}

// checkUsage refuses encryption with a key that can only sign: the vault turns
// those key usages into the operations wrapKey and unwrapKey.
func (v policyView) checkUsage() error {
	if !v.isRSA() && (slices.Contains(v.X509.KeyUsage, "keyEncipherment") || slices.Contains(v.X509.KeyUsage, "dataEncipherment")) {
		return badParameter("Property has invalid value: unsupported key operation(s) wrapKey, unwrapKey for a key of type %s", v.Key.Type)
	}
	return nil
}

func (v policyView) isRSA() bool { return strings.HasPrefix(v.Key.Type, "RSA") }

// shown is the policy with the members that only replies have.
func (c *certificate) shown(call *call) policy {
	return c.Policy.forVersion(call.query.Get("api-version")).merged(map[string]any{
		"id":         call.base + "/certificates/" + c.Name + "/policy",
		"attributes": map[string]any{"enabled": true, "created": c.PolicyCreated.Unix(), "updated": c.PolicyUpdated.Unix()},
	})
}

func (s *Server) getPolicy(c *call) (reply, error) {
	cert, err := certificates.find(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: cert.shown(c)}, nil
}

// updatePolicy changes the given members only. Versions that are there, and an
// operation that is pending, stay as they are.
func (s *Server) updatePolicy(c *call) (reply, error) {
	cert, err := certificates.find(c)
	if err != nil {
		return reply{}, err
	}
	var change map[string]any
	if err := c.decode(&change); err != nil {
		return reply{}, err
	}
	delete(change, "id")
	delete(change, "attributes")
	next := cert.Policy.merged(policy(change).normal())
	view, err := next.view()
	if err == nil {
		err = view.check()
	}
	if err != nil {
		return reply{}, err
	}
	cert.Policy, cert.PolicyUpdated = next, c.now
	return reply{status: http.StatusOK, body: cert.shown(c)}, nil
}
