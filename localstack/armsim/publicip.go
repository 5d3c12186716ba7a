package armsim

import (
	"net/http"
	"net/netip"
	"strings"
)

// PublicIP is a public address resource.
type PublicIP struct {
	ResourceGroup string
	Name          string
	Location      string
	// Address is empty while none is allocated.
	Address string
	// FQDN is empty without DNS label.
	FQDN string
}

// AddPublicIP adds or replaces a public address and returns its id.
func (s *Server) AddPublicIP(p PublicIP) string {
	id := publicIPID(s.options.Subscription, p.ResourceGroup, p.Name)
	version := "IPv4"
	if a, err := netip.ParseAddr(p.Address); err == nil && a.Is6() {
		version = "IPv6"
	}
	properties := object{"provisioningState": "Succeeded", "resourceGuid": newGUID(), "publicIPAddressVersion": version,
		"publicIPAllocationMethod": "Static", "idleTimeoutInMinutes": 4, "ipTags": []any{},
		"ddosSettings": object{"protectionMode": "VirtualNetworkInherited"}}
	if p.Address != "" {
		properties["ipAddress"] = p.Address
	}
	if p.FQDN != "" {
		label, _, _ := strings.Cut(p.FQDN, ".")
		properties["dnsSettings"] = object{"domainNameLabel": label, "fqdn": p.FQDN}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addresses[target{id: id}.key()] = object{"name": p.Name, "id": id, "etag": newETag(), "type": typePublicIP,
		"location": p.Location, "sku": object{"name": "Standard", "tier": "Regional"}, "properties": properties}
	return id
}

func publicIPID(subscription, group, name string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/" + typePublicIP + "/" + name
}

func (s *Server) getPublicIP(t target) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, ok := s.addresses[t.key()]
	if !ok {
		return reply{}, s.missing(t, typePublicIP)
	}
	etag, _ := address["etag"].(string)
	address = clone(address)
	if configuration := s.attachedTo(t.key()); configuration != "" {
		properties(address)["ipConfiguration"] = object{"id": configuration}
	}
	return reply{status: http.StatusOK, header: http.Header{"Etag": {etag}}, body: render(address, addressOrder)}, nil
}

// attachedTo is the id of the frontend that has the address, "" if none has. mu
// is held.
func (s *Server) attachedTo(address string) string {
	for _, g := range s.gateways {
		frontend := ""
		children(properties(g.Document), "frontendIPConfigurations", func(_ string, child object) {
			ref, _ := properties(child)["publicIPAddress"].(object)
			if id, _ := ref["id"].(string); strings.ToLower(id) == address {
				frontend, _ = child["id"].(string)
			}
		})
		if frontend != "" {
			return frontend
		}
	}
	return ""
}
