package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"certgate/internal/gatewayview"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Gateways are the Application Gateways of the settings; *gatewayview.View shows them.
type Gateways interface {
	// Names are those in the settings, the default one's first.
	Names() []string
	// Standings reads each of them.
	Standings(ctx context.Context) []gatewayview.Standing
}

// checkGateways leaves one of each name, in the order of the request.
func (s *server) checkGateways(wanted []string) ([]string, error) {
	known := []string{issuance.DefaultGateway}
	if s.gateways != nil {
		known = s.gateways.Names()
	}
	var names []string
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return nil, problem(CodeGatewayNotKnown, fmt.Sprintf("The settings have no gateway %s.", quoted(name)),
				"Use one or several of "+strings.Join(known, ", ")+"; GET /api/gateways lists them.")
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return managed.KeptGateways(names), nil
}

// checkInputGateways does the same for a request and each of its hostnames.
func (s *server) checkInputGateways(in *issuance.Input) (err error) {
	if in.Gateways, err = s.checkGateways(in.Gateways); err != nil {
		return err
	}
	for _, h := range in.Hostnames {
		if h.Gateway != "" {
			if _, err := s.checkGateways([]string{h.Gateway}); err != nil {
				return err
			}
		}
	}
	return nil
}

// shownGateway is a gateway as it is published. What cannot be read now is missing.
type shownGateway struct {
	Name         string         `json:"name"`
	ResourceID   string         `json:"resourceId"`
	Answers      bool           `json:"answers"` // Resource Manager, for it
	Problem      string         `json:"problem,omitempty"`
	Addresses    []string       `json:"addresses"`
	Certificates int            `json:"certificates"` // listeners that have a certificate
	Limits       []gatewayLimit `json:"limits"`
}

// gatewayLimit is a limited part of a gateway.
type gatewayLimit struct {
	Kind  string `json:"kind"`
	Used  int    `json:"used"`
	Limit int    `json:"limit"`
}

// getGateways shows the gateways, the default one first.
func (s *server) getGateways(w http.ResponseWriter, r *http.Request) error {
	list := []shownGateway{}
	var standings []gatewayview.Standing
	if s.gateways != nil {
		standings = s.gateways.Standings(r.Context())
	}
	for _, g := range standings {
		shown := shownGateway{Name: g.Name, ResourceID: g.ResourceID, Answers: g.Trouble == "", Problem: g.Trouble, Addresses: []string{}, Certificates: g.Listeners, Limits: []gatewayLimit{}}
		for _, ip := range g.Addresses {
			shown.Addresses = append(shown.Addresses, ip.String())
		}
		for _, room := range g.Room {
			shown.Limits = append(shown.Limits, gatewayLimit{room.Kind, room.Used, room.Limit})
		}
		list = append(list, shown)
	}
	writeJSON(w, http.StatusOK, map[string][]shownGateway{"gateways": list})
	return nil
}
