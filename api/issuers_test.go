package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/issuers"
	"certgate/internal/principal"
)

// shownIssuers are two, of which the second does not answer.
type shownIssuers struct{}

func (shownIssuers) Standings(context.Context) []issuers.Standing {
	return []issuers.Standing{
		{Member: issuers.Member{Name: "zerossl", Preferred: true}, Description: acmeca.Description{
			Directory: "https://acme.zerossl.com/v2/DV90", Account: "https://acme.zerossl.com/a/1", AccountStatus: "valid", BindingNeeded: true, Bound: true,
			Profile: "long", Profiles: map[string]string{"short": "a week", "long": "a year"}, CAADomains: []string{"sectigo.com"}, RenewalInfo: true,
		}, Limits: map[string]time.Time{"domain:example.com": time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{Member: issuers.Member{Name: "default"}, Trouble: "The certificate authority could not be reached."},
	}
}

func (shownIssuers) Choices() []issuers.Choice {
	return []issuers.Choice{
		{Name: "default", Preferred: true, Directory: "https://ca.example/directory"},
		{Name: "letsencrypt", Directory: "https://acme-v02.api.letsencrypt.org/directory"},
	}
}

func (shownIssuers) Profiles(_ context.Context, issuer string) ([]string, error) {
	switch issuer {
	case "default":
		return []string{"classic", "shortlived"}, nil
	case "letsencrypt":
		return nil, errors.New("it is away")
	}
	return nil, nil
}

func TestTheIssuersAreShownInTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.callWith("GET", "/api/issuers", "", principal.Header, reader)
	want := `{"issuers":[` +
		`{"name":"zerossl","preferred":true,"answers":true,"directory":"https://acme.zerossl.com/v2/DV90","profile":"long","profiles":["long","short"],"caaDomains":["sectigo.com"],` +
		`"account":"https://acme.zerossl.com/a/1","accountStatus":"valid","renewalInfo":true,"externalAccountNeeded":true,"externalAccountGiven":true,"limits":[{"scope":"domain:example.com","until":"2030-01-02T03:04:05Z"}]},` +
		`{"name":"default","preferred":false,"answers":false,"problem":"The certificate authority could not be reached.","profiles":[],"caaDomains":[],"renewalInfo":false,"externalAccountNeeded":false,"externalAccountGiven":false,"limits":[]}` +
		"]}\n"
	if r.status != http.StatusOK || r.raw != want {
		t.Errorf("%d\n%s\nwant\n%s", r.status, r.raw, want)
	}
}
