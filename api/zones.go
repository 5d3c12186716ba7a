package api

import (
	"context"
	"net/http"

	"certgate/internal/challengedns"
)

// Zones are those of the accounts at DNS providers; *challengedns.DNS shows them.
type Zones interface {
	Standings(ctx context.Context) []challengedns.Standing
}

// zonesOf is an account at a DNS provider with its zones, as they are published.
type zonesOf struct {
	Name    string `json:"name"`    // in the settings
	Answers bool   `json:"answers"` // its zones are known
	Problem string `json:"problem,omitempty"`
	Zones   []zone `json:"zones"`
}

type zone struct {
	ID                string        `json:"id"` // the provider's
	Name              string        `json:"name"`
	NameServers       []string      `json:"nameServers"`       // the provider's, if it tells
	PublicNameServers []string      `json:"publicNameServers"` // those that public DNS has then
	Problems          []zoneProblem `json:"problems"`
}

// zoneProblem is what keeps hostnames in a zone from being proved by dns-01.
type zoneProblem struct {
	Code    string `json:"code,omitempty"` // none for what could not be learnt now
	Message string `json:"message"`
}

// getZones shows the zones that can be written, in the order of the settings.
func (s *server) getZones(w http.ResponseWriter, r *http.Request) error {
	list := []zonesOf{}
	var standings []challengedns.Standing
	if s.zones != nil {
		standings = s.zones.Standings(r.Context())
	}
	for _, a := range standings {
		shown := zonesOf{Name: a.Account, Answers: a.Trouble == "", Problem: a.Trouble, Zones: []zone{}}
		for _, z := range a.Zones {
			one := zone{ID: z.ID, Name: z.Name, NameServers: append([]string{}, z.NameServers...), PublicNameServers: append([]string{}, z.Public...), Problems: []zoneProblem{}}
			for _, p := range z.Problems {
				one.Problems = append(one.Problems, zoneProblem{Code: p.Code, Message: p.Says})
			}
			shown.Zones = append(shown.Zones, one)
		}
		list = append(list, shown)
	}
	writeJSON(w, http.StatusOK, map[string][]zonesOf{"accounts": list})
	return nil
}
