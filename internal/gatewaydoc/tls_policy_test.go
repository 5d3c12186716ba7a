package gatewaydoc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"certgate/internal/appgateway/appgatewaytest"
)

const (
	onlyRSA = `{"policyType":"Custom","minProtocolVersion":"TLSv1_2","cipherSuites":["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384","TLS_RSA_WITH_AES_128_CBC_SHA"]}`
	onlyEC  = `{"policyType":"Custom","minProtocolVersion":"TLSv1_2","cipherSuites":["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384","TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"]}`
)

func TestAKeyThatNoCipherSuiteFitsIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy, keys string
		refusal      string
	}{
		"EC under RSA suites":             {onlyRSA, "EC-P256", "TLS_ECDHE_ECDSA_WITH_"},
		"RSA under EC suites":             {onlyEC, "RSA-2048", "TLS_ECDHE_RSA_WITH_"},
		"RSA under RSA suites":            {onlyRSA, "RSA-4096", ""},
		"EC under EC suites":              {onlyEC, "EC-P384", ""},
		"a kind that is not known":        {onlyRSA, "", ""},
		"a predefined policy":             {`{"policyType":"Predefined","policyName":"AppGwSslPolicy20170401S"}`, "EC-P256", ""},
		"TLS 1.3 beside suites of others": {strings.Replace(onlyRSA, "Custom", "CustomV2", 1), "EC-P256", ""},
		"no policy":                       {`null`, "EC-P256", ""},
	} {
		doc := with(t, appgatewaytest.Gateway(), "properties.sslPolicy", c.policy)
		want := listener("a-example-edu", "a.example.edu")
		want.KeyType = c.keys
		_, err := parse(t, doc).Want(want, settings)
		if c.refusal == "" && err != nil || c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal) || !strings.Contains(err.Error(), "CertificateKeyType")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A listener with an SSL profile has that one's policy, and a renewal with another kind
// of key is refused too.
func TestTheTLSPolicyOfAProfileCountsForItsListener(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, listener("a-example-edu", "a.example.edu"))
	doc = with(t, doc, "properties.sslProfiles", `[{"name":"strict","id":"`+appgatewaytest.ID+`/sslProfiles/strict","properties":{"sslPolicy":`+onlyEC+`}}]`)
	list := parse(t, doc)
	want := listener("a-example-edu", "a.example.edu")
	want.KeyType = "RSA-2048"
	if err := list.TakesKey(want, settings); err != nil {
		t.Errorf("without the profile: %v", err)
	}
	for i, l := range gjson.GetBytes(doc, "properties.httpListeners").Array() {
		if l.Get("name").String() == "a-example-edu-listener" {
			doc = with(t, doc, fmt.Sprintf("properties.httpListeners.%d.properties.sslProfile", i), `{"id":"`+appgatewaytest.ID+`/sslProfiles/strict"}`)
		}
	}
	if err := parse(t, doc).TakesKey(want, settings); err == nil || !strings.Contains(err.Error(), "SSL profile strict") {
		t.Errorf("with the profile: %v", err)
	}
}
