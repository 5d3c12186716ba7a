package gatewaysim_test

import (
	"testing"

	"certgate/localstack/gatewaysim"
	"certgate/localstack/vaultsim"
)

func TestACustomPolicyServesTheKeysThatItsSuitesFit(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.issue(t, "a-example", "a.example") // EC
	policy := func(kind string, suites ...any) func(document) {
		return func(d document) {
			d.properties()["sslPolicy"] = map[string]any{"policyType": kind, "minProtocolVersion": "TLSv1_2", "cipherSuites": suites}
		}
	}
	s.change(t, func(d document) { d.addSite("a-example", "a.example", 10) })
	for _, c := range []struct {
		policy func(document)
		serves bool
	}{
		{policy("Custom", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"), true},
		{policy("Custom", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), false},
		{policy("CustomV2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), true},
	} {
		s.change(t, c.policy)
		if _, err := s.handshake("a.example"); (err == nil) != c.serves {
			t.Errorf("served %v, want %v: %v", err == nil, c.serves, err)
		}
	}
}
