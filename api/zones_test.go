package api_test

import (
	"context"
	"net/http"
	"testing"

	"certgate/internal/challengedns"
	"certgate/internal/issuance"
	"certgate/internal/principal"
)

// shownZones are two accounts, of which the second cannot be asked.
type shownZones struct{}

func (shownZones) Standings(context.Context) []challengedns.Standing {
	return []challengedns.Standing{
		{Account: "azure", Zones: []challengedns.ZoneStanding{
			{ID: "Z1", Name: "example.com", NameServers: []string{"ns1.a.test"}, Public: []string{"ns1.a.test"}},
			{ID: "Z2", Name: "example.org", NameServers: []string{"ns1.a.test"}, Problems: []challengedns.Problem{
				{Code: issuance.CodeDNSZoneNotFound, Says: "It would not be seen."}, {Says: "It is not known."}}},
		}},
		{Account: "cf", Trouble: "Cloudflare refuses the token."},
	}
}

func TestTheZonesAreShownPerAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.callWith("GET", "/api/dns/zones", "", principal.Header, reader)
	want := `{"accounts":[` +
		`{"name":"azure","answers":true,"zones":[` +
		`{"id":"Z1","name":"example.com","nameServers":["ns1.a.test"],"publicNameServers":["ns1.a.test"],"problems":[]},` +
		`{"id":"Z2","name":"example.org","nameServers":["ns1.a.test"],"publicNameServers":[],"problems":[{"code":"DnsZoneNotFound","message":"It would not be seen."},{"message":"It is not known."}]}]},` +
		`{"name":"cf","answers":false,"problem":"Cloudflare refuses the token.","zones":[]}` +
		"]}\n"
	if r.status != http.StatusOK || r.raw != want {
		t.Errorf("%d\n%s\nwant\n%s", r.status, r.raw, want)
	}
	if r := w.callWith("GET", "/api/dns/zones", ""); r.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", r.status)
	}
}
