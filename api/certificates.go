package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/gatewayview"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// Certificates is what the resource view is made of.
type Certificates struct {
	Records managed.Records
	Vault   CertificateVersions
	Gateway GatewayView
	Look    Look    // nil shows what the watchdog saw last
	Targets Targets // nil for none
	Portal  Portal
	Clock   func() time.Time // nil is time.Now
}

// CertificateVersions reads certificates of the vault.
type CertificateVersions interface {
	// Version reads one version, the newest if version is "". issuance.ErrGone if
	// there is none.
	Version(ctx context.Context, name, version string) (issuance.VaultCertificate, error)
}

// Look puts what the gateway serves at this moment into a record, for one reply.
type Look func(ctx context.Context, r *managed.Record, now time.Time)

// GatewayView is what people see of the gateway; *gatewayview.View is one.
type GatewayView interface {
	// ResourceName is a gateway's own name, by that in the settings.
	ResourceName(gateway string) string
	// Listeners may be a little old, ListenersSince is from after the given time.
	Listeners(ctx context.Context) (map[string][]managed.Place, error)
	ListenersSince(ctx context.Context, changed time.Time) (map[string][]managed.Place, error)
	Chain(ctx context.Context, gateway, hostname string) ([][]byte, error)
	// Look asks for the hostname over HTTP and HTTPS.
	Look(ctx context.Context, gateway, hostname string) (gatewayview.Look, error)
}

// certificate is the published view of one certificate.
type certificate struct {
	Name         string                        `json:"name"`
	Hostnames    []string                      `json:"hostnames"`
	Issuer       string                        `json:"issuer"`
	Authority    string                        `json:"authority,omitempty"` // name of the issuer in the settings; none if it was imported
	NotBefore    string                        `json:"notBefore,omitempty"` // not known of a damaged one
	NotAfter     string                        `json:"notAfter,omitempty"`
	Renewal      *renewal                      `json:"renewal"`            // null if certgate does not renew it
	KeyType      string                        `json:"keyType"`            // as in the setting CertificateKeyType
	Gateways     []string                      `json:"gateways,omitempty"` // that are to serve it, by their names in the settings; none of a damaged or retired one
	Installed    []place                       `json:"installed"`          // null if the gateway could not be asked
	Served       managed.Served                `json:"served"`
	ServedAt     string                        `json:"servedAt,omitempty"` // when that was seen
	State        managed.Standing              `json:"state"`
	Reason       string                        `json:"reason,omitempty"`
	LastInstance string                        `json:"lastInstance,omitempty"`
	Validation   map[string]managed.Validation `json:"validation,omitempty"` // wishes, by hostname
	Options      managed.Options               `json:"options,omitzero"`     // that were asked for
	Imported     bool                          `json:"imported,omitempty"`
	Revoked      bool                          `json:"revoked,omitempty"`
}

type renewal struct {
	Start          string `json:"start"`
	End            string `json:"end"`
	At             string `json:"at"`
	ExplanationURL string `json:"explanationUrl,omitempty"`
}

type place struct {
	Gateway  string `json:"gateway"`
	Listener string `json:"listener"`
}

// listCertificates answers a page. The header x-ms-continuation-token leads to
// the next one.
func (s *server) listCertificates(w http.ResponseWriter, r *http.Request) error {
	filter, standing, err := certificateFilter(r)
	if err != nil {
		return err
	}
	switch format := r.URL.Query().Get("format"); format {
	case "", "json":
	case "csv":
		return s.writeCertificatesCSV(w, r, filter, standing)
	default:
		return problem(CodeQueryNotValid, "format is "+quoted(format)+".", "Use format=json or format=csv.")
	}
	now := s.now()
	page, next, err := s.pageOf(r.Context(), filter, standing, now)
	if err != nil {
		return err
	}
	listeners := s.listeners(r.Context(), page...)
	list := make([]certificate, 0, len(page))
	for _, record := range page {
		list = append(list, s.publishCertificate(record, listeners, now))
	}
	if next != "" {
		w.Header().Set("x-ms-continuation-token", next)
	}
	return writeTagged(w, r, http.StatusOK, map[string]any{"certificates": list})
}

func (s *server) publishCertificate(r *managed.Record, listeners map[string][]managed.Place, now time.Time) certificate {
	standing, reason := managed.StandingOf(r, now)
	if r.Damaged {
		return certificate{Name: r.Name, Hostnames: append([]string{}, r.Hostnames...), NotAfter: instant(r.NotAfter), Served: managed.ServedUnknown, State: standing, Reason: reason}
	}
	c := certificate{
		Name: r.Name, Hostnames: append([]string{}, r.Hostnames...), Issuer: r.Issuer, KeyType: r.KeyType,
		NotBefore: r.NotBefore.UTC().Format(timeFormat), NotAfter: r.NotAfter.UTC().Format(timeFormat),
		Served: cmp.Or(r.Served, managed.ServedUnknown), State: standing, Reason: reason,
		LastInstance: r.LastInstance, Validation: r.Validation, Options: r.Options, Imported: r.Imported, Revoked: r.Revoked,
	}
	c.ServedAt = instant(r.ServedAt)
	if !r.Retired {
		c.Gateways = managed.GatewaysOf(r.Gateways)
	}
	if !r.Imported {
		c.Authority = cmp.Or(r.Authority, issuance.DefaultIssuer)
	}
	if !r.Retired && !r.Imported {
		c.Renewal = publishRenewal(r)
	}
	if listeners != nil {
		c.Installed = []place{}
		for _, listener := range listeners[secretid.Key(r.SecretID)] {
			c.Installed = append(c.Installed, place{Gateway: s.certificates.Gateway.ResourceName(listener.Gateway), Listener: listener.Listener})
		}
	}
	return c
}

// instant writes a time; "" for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeFormat)
}

// publishRenewal shows the CA's window; without one, the span of certgate's own
// rule.
func publishRenewal(r *managed.Record) *renewal {
	at, end := r.RenewalSpan()
	out := renewal{Start: at.UTC().Format(timeFormat), End: end.UTC().Format(timeFormat), At: at.UTC().Format(timeFormat)}
	if r.Window != nil {
		out.Start, out.End, out.ExplanationURL = r.Window.Start.UTC().Format(timeFormat), r.Window.End.UTC().Format(timeFormat), r.Window.ExplanationURL
	}
	return &out
}

func certificateFilter(r *http.Request) (f managed.Filter, standing managed.Standing, err error) {
	q := r.URL.Query()
	if f.Sort = cmp.Or(q.Get("sort"), "name"); f.Sort != "name" && f.Sort != "expiry" {
		return f, "", problem(CodeQueryNotValid, "sort is neither name nor expiry.", "Use sort=name or sort=expiry.")
	}
	f.Top = 100
	if text := q.Get("top"); text != "" {
		if f.Top, err = strconv.Atoi(text); err != nil || f.Top < 1 || f.Top > 1000 {
			return f, "", problem(CodeQueryNotValid, "top is not a number from 1 to 1000.", "Use one, such as top=100.")
		}
	}
	if f.Search = strings.TrimSpace(q.Get("search")); len(f.Search) > 253 {
		return f, "", problem(CodeQueryNotValid, "search is longer than any hostname.", "Use a part of a hostname or of a certificate's name, up to 253 bytes.")
	}
	if text := q.Get("state"); text != "" {
		i := slices.IndexFunc(managed.Standings(), func(s managed.Standing) bool { return strings.EqualFold(string(s), text) })
		if i < 0 {
			return f, "", problem(CodeQueryNotValid, "state is unknown.", "Use ok, due, overdue, notServed, notInstalled, expired, retired or damaged.")
		}
		standing = managed.Standings()[i]
	}
	f.Token = r.Header.Get("x-ms-continuation-token")
	return f, standing, nil
}

// record reads the record that a route names.
func (s *server) record(ctx context.Context, name string) (*managed.Record, error) {
	r, err := s.certificates.Records.Record(ctx, name)
	if errors.Is(err, durable.ErrNotFound) {
		return nil, problem(CodeCertificateNotFound, "certgate manages no certificate of this name.", "GET /api/certificates lists them. A new one appears when it is served for the first time.")
	}
	return r, err
}

func (s *server) now() time.Time {
	if s.certificates.Clock != nil {
		return s.certificates.Clock().UTC()
	}
	return time.Now().UTC()
}
