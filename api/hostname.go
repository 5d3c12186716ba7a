package api

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/preflight"
)

// hostnameView is everything that can be learnt of one hostname now.
type hostnameView struct {
	preflight.HostnameReport
	// Served is what the gateway shows a client at this moment; null if it shows
	// nothing.
	Served *servedView `json:"served"`
	// Records are the certificates of certgate that hold for it: mostly one.
	Records   []certificate `json:"certificates"`
	Instances []instance    `json:"instances"` // newest first
	// Portal is where Azure's portal shows the first certificate; nil without one, or
	// where that is not known.
	Portal *portalLinks `json:"portal,omitempty"`
}

type servedView struct {
	Leaf servedLeaf `json:"leaf"`
	// Chain is what follows the leaf.
	Chain []chainOne `json:"chain"`
	// Covers says whether the leaf holds for the hostname, Managed whether it is
	// the newest version that certgate manages for it.
	Covers  bool `json:"covers"`
	Managed bool `json:"managed"`
}

type servedLeaf struct {
	Subject    string   `json:"subject"`
	Issuer     string   `json:"issuer"`
	Hostnames  []string `json:"hostnames"`
	NotBefore  string   `json:"notBefore"`
	NotAfter   string   `json:"notAfter"`
	Thumbprint string   `json:"thumbprint"`
}

// getHostname looks at one hostname from all sides: DNS, CAA, port 80, what is
// served, the certificate, the requests. What cannot be learnt now is left out,
// and logged; the checks say what that means.
func (s *server) getHostname(w http.ResponseWriter, r *http.Request) error {
	name, err := hostname.Parse(chi.URLParam(r, "hostname"))
	if err != nil {
		return problem(CodeHostnameNotValid, err.Error(), "Ask for a public host name such as shop.example.com.")
	}
	host := string(name)
	var (
		view     = hostnameView{Records: []certificate{}, Instances: []instance{}}
		records  []*managed.Record
		served   [][]byte
		history  []*durable.Instance
		recErr   error
		histErr  error
		together sync.WaitGroup
	)
	together.Go(func() {
		view.HostnameReport = s.preflight.Hostnames(r.Context(), []issuance.Wanted{{Hostname: host}}).Hostnames[0]
	})
	together.Go(func() { served = s.served(r.Context(), "", host) })
	together.Go(func() { records, recErr = s.recordsFor(r.Context(), host) })
	together.Go(func() {
		history, _, histErr = s.instances.List(r.Context(), durable.Filter{Claim: issuance.Claim(host), Top: detailInstances})
	})
	together.Wait()
	if err := errors.Join(recErr, histErr); err != nil {
		return err
	}
	if len(records) > 0 && records[0].FirstGateway() != "" {
		served = s.served(r.Context(), records[0].FirstGateway(), host)
	}
	view.Served = publishServed(served, host, records)
	now, listeners := s.now(), s.listeners(r.Context(), records...)
	for _, record := range records {
		view.Records = append(view.Records, s.publishCertificate(record, listeners, now))
	}
	if len(records) > 0 {
		view.Portal = s.certificates.Portal.links(records[0])
	}
	for _, inst := range history {
		view.Instances = append(view.Instances, publish(inst, true))
	}
	writeJSON(w, http.StatusOK, view)
	return nil
}

func (s *server) served(ctx context.Context, gateway, host string) [][]byte {
	chain, err := s.certificates.Gateway.Chain(ctx, gateway, host)
	if err != nil {
		s.log.InfoContext(ctx, "showing a hostname without what is served", "hostname", host, "error", err)
		return nil
	}
	return chain
}

// recordsFor finds the records that hold for a hostname. Almost always it is the
// one that its name leads to; certificates with several names and wildcards are
// found by a search for what they have in common.
func (s *server) recordsFor(ctx context.Context, host string) (found []*managed.Record, err error) {
	for _, name := range []string{hostname.CertificateName(host), hostname.Disambiguated(host)} {
		record, err := s.certificates.Records.Record(ctx, name)
		if errors.Is(err, durable.ErrNotFound) {
			continue
		}
		if durable.Unreadable(err) { // it is the hostname's by its name
			found = append(found, &managed.Record{Name: name, Hostnames: []string{host}, Damaged: true})
			continue
		}
		if err != nil {
			return nil, err
		}
		if holdsFor(record, host) {
			return []*managed.Record{record}, nil
		}
	}
	parent := host
	if _, rest, ok := strings.Cut(host, "."); ok && strings.Contains(rest, ".") {
		parent = rest
	}
	page, _, err := s.certificates.Records.ListRecords(ctx, managed.Filter{Search: parent, Sort: "name", Top: 1000})
	if err != nil {
		return nil, err
	}
	for _, record := range page {
		if slices.ContainsFunc(found, func(r *managed.Record) bool { return strings.EqualFold(r.Name, record.Name) }) {
			continue
		}
		if holdsFor(record, host) {
			found = append(found, record)
		}
	}
	return found, nil
}

func holdsFor(r *managed.Record, host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	return slices.ContainsFunc(r.Hostnames, func(h string) bool {
		return strings.EqualFold(h, host) || strings.EqualFold(h, "*."+parent)
	})
}

func publishServed(chain [][]byte, host string, records []*managed.Record) *servedView {
	if len(chain) == 0 {
		return nil
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil
	}
	out := &servedView{
		Leaf: servedLeaf{
			Subject: subject(leaf), Issuer: leaf.Issuer.String(), Hostnames: append([]string{}, leaf.DNSNames...),
			NotBefore: leaf.NotBefore.UTC().Format(timeFormat), NotAfter: leaf.NotAfter.UTC().Format(timeFormat),
			Thumbprint: managed.SHA1Thumbprint(chain[0]),
		},
		Chain: publishChain(chain[1:]), Covers: leaf.VerifyHostname(host) == nil,
	}
	out.Managed = slices.ContainsFunc(records, func(r *managed.Record) bool { return strings.EqualFold(r.Thumbprint, out.Leaf.Thumbprint) })
	return out
}
