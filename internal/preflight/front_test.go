package preflight_test

import (
	"net/http"
	"reflect"
	"testing"

	"certgate/internal/issuance"
	"certgate/internal/preflight"
)

const frontHost = "shop-a1b2c3.z01.azurefd.net"

// front stands before the gateway for every hostname.
type front struct{}

func (front) Front(string) *issuance.Front {
	return &issuance.Front{Target: "edge", Host: frontHost}
}

// Behind a front the records lead to it; at the top of a zone no CNAME may stand.
func TestBehindAFrontTheRecordsLeadToIt(t *testing.T) {
	t.Parallel()
	for hostname, want := range map[string]preflight.Record{
		"shop.example.com": {Type: "CNAME", Name: "shop.example.com", Value: frontHost},
		"example.com":      {Type: "ALIAS", Name: "example.com", Value: frontHost},
	} {
		t.Run(hostname, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{ownCA: true})
			w.config.Fronts = front{}
			dns := w.pebble.DNS()
			if err := dns.AddA(t.Context(), frontHost, "192.0.2.80"); err != nil {
				t.Fatal(err)
			}
			if err := dns.AddA(t.Context(), hostname, "192.0.2.7"); err != nil { // documentation's, so not public
				t.Fatal(err)
			}
			found, report := w.run(hostname)
			w.want(found, "dns", "not", "192.0.2.7", frontHost, "the target edge")
			if !reflect.DeepEqual(report.Advice, []preflight.Record{want}) || report.Front != frontHost {
				t.Errorf("DNS is %+v", report)
			}
			if err := dns.ClearA(t.Context(), hostname); err != nil {
				t.Fatal(err)
			}
			if err := dns.SetCNAME(t.Context(), hostname, frontHost); err != nil {
				t.Fatal(err)
			}
			found, report = w.run(hostname)
			w.want(found, "dns", "ok", "leads to the target edge")
			if len(report.Advice) > 0 {
				t.Errorf("advice %+v", report.Advice)
			}
		})
	}
}

// A gateway that refuses the look is as it should be if it lets in nobody but its front.
func TestAGatewayThatLetsInItsFrontAloneIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{override: func(rw http.ResponseWriter, _ *http.Request) bool {
		rw.WriteHeader(http.StatusForbidden)
		return true
	}})
	w.config.Targets = &targets{}
	found, _ := w.run("")
	w.want(found, "challengeFetch", "not", "(403)")
	w.config.Targets = &targets{fronts: []string{"edge"}}
	found, _ = w.run("")
	w.want(found, "challengeFetch", "unknown", "nobody but edge", "port80")
	if f := found["challengeFetch"]; f.State != preflight.Later {
		t.Errorf("challengeFetch is %s", f.State)
	}
}
