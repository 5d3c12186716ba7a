package armsim

import (
	"net/http"
	"strings"
)

type kind int

const (
	kindGateway kind = iota
	kindPublicIP
	kindOperation
	kindPermissions // of the caller, at the scope in id
	kindDNSZone
	kindDNSZones // of a group or of the whole subscription
	kindTXT      // the TXT record set "name" of a zone
)

const (
	typeGateway  = "Microsoft.Network/applicationGateways"
	typePublicIP = "Microsoft.Network/publicIPAddresses"
)

// target is what a path leads to.
type target struct {
	kind    kind
	id      string // as asked for
	group   string
	name    string
	version apiVersion
	zoneID  string // of a DNS zone and of what is in it
}

func (t target) key() string { return strings.ToLower(t.id) }

// target reads a path. ARM compares every part of it without case.
func (s *Server) target(path string) (target, error) {
	unknown := Refusal{Status: http.StatusNotFound, Code: "InvalidResourceType", Message: "The resource type could not be found in the simulated subscription."}
	p := strings.Split(strings.Trim(path, "/"), "/")
	is := func(i int, word string) bool { return i < len(p) && strings.EqualFold(p[i], word) }
	if len(p) < 2 || !is(0, "subscriptions") {
		return target{}, unknown
	}
	if !is(1, s.options.Subscription) {
		return target{}, Refusal{Status: http.StatusNotFound, Code: "SubscriptionNotFound", Message: "The subscription '" + p[1] + "' could not be found."}
	}
	switch n := len(p); {
	case n > 5 && is(n-3, "providers") && is(n-2, "Microsoft.Authorization") && is(n-1, "permissions"):
		return target{kind: kindPermissions, id: "/" + strings.Join(p[:n-3], "/")}, nil
	case len(p) == 8 && is(2, "providers") && is(3, "Microsoft.Network") && is(4, "locations") && is(6, "operations"):
		return target{kind: kindOperation, name: p[7]}, nil
	case len(p) == 8 && is(2, "resourceGroups") && is(4, "providers") && is(5, "Microsoft.Network"):
		t := target{id: "/" + strings.Join(p, "/"), group: p[3], name: p[7]}
		if is(6, "applicationGateways") {
			t.kind = kindGateway
			return t, nil
		}
		if is(6, "publicIPAddresses") {
			t.kind = kindPublicIP
			return t, nil
		}
		if is(6, "dnsZones") {
			t.kind, t.zoneID = kindDNSZone, t.id
			return t, nil
		}
	case len(p) == 10 && is(4, "providers") && is(5, "Microsoft.Network") && is(6, "dnsZones") && is(8, "TXT"):
		return target{kind: kindTXT, id: "/" + strings.Join(p, "/"), group: p[3], name: p[9], zoneID: "/" + strings.Join(p[:8], "/")}, nil
	case len(p) == 5 && is(2, "providers") && is(3, "Microsoft.Network") && is(4, "dnsZones"):
		return target{kind: kindDNSZones, id: "/" + strings.Join(p[:2], "/")}, nil
	case len(p) == 7 && is(2, "resourceGroups") && is(4, "providers") && is(5, "Microsoft.Network") && is(6, "dnsZones"):
		return target{kind: kindDNSZones, id: "/" + strings.Join(p[:4], "/"), group: p[3]}, nil
	}
	return target{}, unknown
}

// missing is the refusal for a resource that is not there; the group is there
// if anything is in it.
func (s *Server) missing(t target, resourceType string) error {
	if !s.groupExists(t.group) {
		return Refusal{Status: http.StatusNotFound, Code: "ResourceGroupNotFound", Message: "Resource group '" + t.group + "' could not be found."}
	}
	return Refusal{Status: http.StatusNotFound, Code: "ResourceNotFound",
		Message: "The Resource '" + resourceType + "/" + t.name + "' under resource group '" + t.group + "' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"}
}

func (s *Server) groupExists(group string) bool {
	in := "/resourcegroups/" + strings.ToLower(group) + "/"
	for id := range s.gateways {
		if strings.Contains(id, in) {
			return true
		}
	}
	for id := range s.addresses {
		if strings.Contains(id, in) {
			return true
		}
	}
	return false
}
