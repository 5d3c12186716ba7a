package appgateway_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// A write is refused for what the gateway is linked to. The sentence names the right
// that is there, then the one that is missing.
func TestTheMissingRightOnALinkedResourceIsNamed(t *testing.T) {
	t.Parallel()
	const network, identity = "/subscriptions/sub/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/gw", "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader"
	const policy = "/subscriptions/sub/resourceGroups/waf/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/strict"
	const has = "The client 'a' with object id 'b' has permission to perform action 'Microsoft.Network/applicationGateways/write' on scope '/subscriptions/sub/x'; however, it does not have permission to perform action"
	for message, want := range map[string]string{
		has + " 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '" + network + "' or the linked scope(s) are invalid.":                                                                                        "needed: Microsoft.Network/virtualNetworks/subnets/join/action on " + network + "). Give it the role Network Contributor on " + network + ";",
		has + "(s) 'microsoft.managedidentity/userassignedidentities/assign/action' on the linked scope(s) '" + identity + "' (respectively) or the linked scope(s) are invalid.":                                                            "microsoft.managedidentity/userassignedidentities/assign/action on " + identity + "). Give it the role Managed Identity Operator on " + identity + ";",
		has + "(s) 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action,Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) '" + policy + "," + identity + "' (respectively).": "Give it the role Network Contributor on " + policy + "; Managed Identity Operator on " + identity + ";",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.Write(appgatewaytest.Gateway())
				return
			}
			w.WriteHeader(http.StatusForbidden)
			json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": "LinkedAuthorizationFailed", "message": message}})
		}))
		defer server.Close()
		c := client(t, leadTo(server.URL))
		doc, err := c.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Write(t.Context(), doc)
		var failure *durable.Failure
		if !errors.As(err, &failure) || failure.Code != issuance.CodeGatewayAccessDenied || !strings.Contains(failure.Message, want) {
			t.Errorf("it says %v, want %q", err, want)
		}
	}
}

func TestErrorsOfTheServiceBecomeErrorsThatPeopleCanActOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status   int
		body     string
		code     string // of a Failure; else a Transient or a RetryLater
		mentions string
	}{
		{403, `{"error":{"code":"AuthorizationFailed","message":"The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Network/applicationGateways/read' over scope '/s'. Correlation ID: 0e0e0e0e-1111-2222-3333-444444444444"}}`, issuance.CodeGatewayAccessDenied, "Microsoft.Network/applicationGateways/read"},
		{401, `{}`, issuance.CodeGatewayAccessDenied, "Network Contributor"},
		{404, `{"error":{"code":"ResourceGroupNotFound","message":"x"}}`, issuance.CodeGatewayNotFound, "rg"},
		{409, `{"error":{"code":"ScopeLocked","message":"x"}}`, issuance.CodeGatewayAccessDenied, "lock"},
		{500, `not json`, "", "HTTP 500"},
		{429, `{}`, "", "pause"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "90") // longer than the client waits by itself
			w.WriteHeader(c.status)
			w.Write([]byte(c.body))
		}))
		defer server.Close()
		_, err := client(t, leadTo(server.URL)).Read(t.Context())
		var failure *durable.Failure
		var later *durable.RetryLater
		var transient *durable.Transient
		public, after := "", time.Duration(0)
		switch {
		case errors.As(err, &failure):
			public = failure.Message
		case errors.As(err, &later):
			public, after = later.Reason, later.After
		case errors.As(err, &transient):
			public, after = transient.Public, transient.After
		}
		if (failure != nil) != (c.code != "") || (failure != nil && failure.Code != c.code) || !strings.Contains(public, c.mentions) {
			t.Errorf("status %d gave %T %v", c.status, err, err)
		}
		if failure == nil && after != 90*time.Second {
			t.Errorf("status %d: again after %s, want what the service asked for", c.status, after)
		}
		if strings.Contains(public, "0e0e0e0e") || strings.Contains(err.Error(), "\n") {
			t.Errorf("status %d: the text has ids or a dump in it: %v", c.status, err)
		}
	}
	_, err := client(t, leadTo("http://127.0.0.1:1")).Read(t.Context())
	var transient *durable.Transient
	if !errors.As(err, &transient) {
		t.Errorf("a dead endpoint gave %v, want a Transient", err)
	}
}
