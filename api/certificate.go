package api

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// certificateDetail is one certificate with what takes a look at the vault and
// the gateway.
type certificateDetail struct {
	certificate
	Version    string     `json:"version"` // in the vault
	Thumbprint string     `json:"thumbprint"`
	Chain      []chainOne `json:"chain"`
	Instances  []instance `json:"instances"` // newest first
	Targets    []targeted `json:"targets,omitempty"`
	// Portal is where Azure's portal shows it; nil where that is not known.
	Portal *portalLinks `json:"portal,omitempty"`
}

type chainOne struct {
	Subject  string `json:"subject"`
	Issuer   string `json:"issuer"`
	NotAfter string `json:"notAfter"`
}

// detailInstances is how many instances of its history a certificate shows.
const detailInstances = 20

// getCertificate shows one certificate, as it is served at this moment: what the
// watchdog saw hours ago counts only if no look can be made now. The chain is the one
// that clients are shown; if they are shown another certificate, it has only the leaf, as
// it is in the vault. What cannot be learnt now is left out, and logged.
func (s *server) getCertificate(w http.ResponseWriter, r *http.Request) error {
	name := chi.URLParam(r, "name")
	record, err := s.record(r.Context(), name)
	if durable.Unreadable(err) {
		record, err = &managed.Record{Name: name, Damaged: true}, nil
	}
	if err != nil {
		return err
	}
	known := *record // what the look at the gateway below changes is not there yet
	var (
		listeners map[string][]managed.Place
		chain     [][]byte
		history   []*durable.Instance
		targets   []targeted
		listErr   error
		together  sync.WaitGroup
	)
	together.Go(func() { listeners = s.listeners(r.Context(), &known) })
	together.Go(func() { chain = s.chain(r.Context(), &known) })
	together.Go(func() { targets = s.targets(r.Context(), &known) })
	if s.certificates.Look != nil {
		together.Go(func() { s.certificates.Look(r.Context(), record, s.now()) })
	}
	together.Go(func() {
		history, _, listErr = s.instances.List(r.Context(), durable.Filter{Claim: claimOf(record), Top: detailInstances})
	})
	together.Wait()
	if listErr != nil {
		return fmt.Errorf("instances of certificate %s: %w", record.Name, listErr)
	}
	body := certificateDetail{
		certificate: s.publishCertificate(record, listeners, s.now()),
		Version:     record.Version, Thumbprint: record.Thumbprint,
		Chain: publishChain(chain), Instances: make([]instance, 0, len(history)), Targets: targets,
		Portal: s.certificates.Portal.links(record),
	}
	for _, inst := range history {
		body.Instances = append(body.Instances, publish(inst, true))
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// chain is what the gateway shows if that is this certificate, else the leaf alone.
func (s *server) chain(ctx context.Context, record *managed.Record) [][]byte {
	if record.Damaged {
		return nil
	}
	if !record.Retired && len(record.Hostnames) > 0 {
		shown, err := s.certificates.Gateway.Chain(ctx, record.FirstGateway(), record.Hostnames[0])
		if err != nil {
			s.log.InfoContext(ctx, "showing a certificate without the served chain", "certificate", record.Name, "error", err)
		} else if strings.EqualFold(managed.SHA1Thumbprint(shown[0]), record.Thumbprint) {
			return shown
		}
	}
	kept, err := s.certificates.Vault.Version(ctx, record.Name, record.Version)
	if err != nil {
		s.log.WarnContext(ctx, "showing a certificate without its chain", "certificate", record.Name, "error", err)
		return nil
	}
	return [][]byte{kept.Leaf}
}

func publishChain(chain [][]byte) []chainOne {
	list := make([]chainOne, 0, len(chain))
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			continue // shown by whoever serves it, not made here
		}
		list = append(list, chainOne{Subject: subject(c), Issuer: c.Issuer.String(), NotAfter: c.NotAfter.UTC().Format(timeFormat)})
	}
	return list
}

// subject is a name for people: many leaves have no subject, only hostnames.
func subject(c *x509.Certificate) string {
	if name := c.Subject.String(); name != "" {
		return name
	}
	return strings.Join(c.DNSNames, ", ")
}

func claimOf(r *managed.Record) string {
	if len(r.Hostnames) == 0 {
		return issuance.Claim("")
	}
	return issuance.Claim(r.Hostnames[0])
}

func encodeInput(in any) (json.RawMessage, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode input: %w", err)
	}
	return raw, nil
}
