// Package gatewaydoc is a typed, read-only view of the ARM document of an
// Application Gateway: the members that decide what it serves. Both the ARM
// simulator, which checks documents, and the gateway simulator, which obeys
// them, read through it. It is never written back: members that it does not
// name would be lost.
package gatewaydoc

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Document is a gateway.
type Document struct {
	ID         string     `json:"id"`
	Location   string     `json:"location"`
	Identity   *Identity  `json:"identity"`
	Properties Properties `json:"properties"`
}

// SSLPolicy says which TLS is spoken with clients.
type SSLPolicy struct {
	PolicyType   string   `json:"policyType"`
	CipherSuites []string `json:"cipherSuites"`
}

// Identity is how the gateway reads the vault.
type Identity struct {
	Type         string         `json:"type"`
	UserAssigned map[string]any `json:"userAssignedIdentities"`
}

// Properties are the collections of a gateway, each in document order.
type Properties struct {
	SKU                 SKU                      `json:"sku"`
	OperationalState    string                   `json:"operationalState"`
	SSLPolicy           *SSLPolicy               `json:"sslPolicy"`
	FrontendIPs         []Child[FrontendIP]      `json:"frontendIPConfigurations"`
	FrontendPorts       []Child[FrontendPort]    `json:"frontendPorts"`
	SSLCertificates     []Child[SSLCertificate]  `json:"sslCertificates"`
	HTTPListeners       []Child[HTTPListener]    `json:"httpListeners"`
	Listeners           []Child[Listener]        `json:"listeners"`
	BackendPools        []Child[BackendPool]     `json:"backendAddressPools"`
	BackendHTTPSettings []Child[BackendSettings] `json:"backendHttpSettingsCollection"`
	Redirects           []Child[Redirect]        `json:"redirectConfigurations"`
	URLPathMaps         []Child[URLPathMap]      `json:"urlPathMaps"`
	Rules               []Child[RoutingRule]     `json:"requestRoutingRules"`
	ConnectionRules     []Child[ConnectionRule]  `json:"routingRules"`
	Probes              []Child[struct{}]        `json:"probes"`
	RewriteRuleSets     []Child[struct{}]        `json:"rewriteRuleSets"`
	Autoscale           *struct{}                `json:"autoscaleConfiguration"`
}

// SKU is the size of the gateway; its tier tells v1 from v2.
type SKU struct {
	Name string `json:"name"`
	Tier string `json:"tier"`
}

// V2 reports whether the gateway is of the second generation.
func (s SKU) V2() bool { return strings.HasSuffix(strings.ToLower(s.Tier), "_v2") || s.Basic() }

// Basic reports whether it is the small one of that generation.
func (s SKU) Basic() bool { return strings.EqualFold(s.Tier, "Basic") }

// Child is a named part of the document.
type Child[T any] struct {
	Name       string `json:"name"`
	Properties T      `json:"properties"`
}

// Ref points at a child: "<gateway id>/<collection>/<name>".
type Ref struct {
	ID string `json:"id"`
}

// Name is the last part of the id.
func (r *Ref) Name() string {
	if r == nil {
		return ""
	}
	return r.ID[strings.LastIndexByte(r.ID, '/')+1:]
}

// Find is the child that ref points at, nil if there is none. Names ignore case.
func Find[T any](list []Child[T], ref *Ref) *Child[T] {
	if ref == nil {
		return nil
	}
	for i := range list {
		if strings.EqualFold(list[i].Name, ref.Name()) {
			return &list[i]
		}
	}
	return nil
}

// Parse reads a document.
func Parse(data []byte) (*Document, error) {
	var d Document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("read gateway document: %w", err)
	}
	return &d, nil
}
