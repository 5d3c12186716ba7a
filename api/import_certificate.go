package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"certgate/internal/certimport"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// Importer puts an uploaded key with its certificate into the vault.
type Importer interface {
	// Import stores a PFX as a new version under r.Name. If the version in force
	// has this very certificate, that one is returned. issuance.ErrNameTaken if the
	// name belongs to other hostnames; otherwise the errors of the issuance ports.
	Import(ctx context.Context, r issuance.CertificateRequest, pfx []byte, password string) (issuance.VaultCertificate, error)
}

// importRequest is the body of an import. See package certimport for the forms.
type importRequest struct {
	Hostname    string `json:"hostname"`
	PrivateKey  secret `json:"privatekey"`
	Certificate secret `json:"certificate"` // may be a PFX, or a PEM file with the key in it
	Password    secret `json:"password"`
	TakeOver    bool   `json:"takeOver"` // takes a listener whose certificate another manager renews
	// Gateways are to serve it, by their names in the settings; none is the default one.
	Gateways []string `json:"gateways"`
}

// maxImport bounds the body of an import: a PFX with a long chain is 20 KiB.
const maxImport = 256 << 10

// importCertificate takes a certificate with its key. The key goes to the vault
// before an instance exists, so that nothing that is stored here ever has it.
// The same request again finds the same version and starts the same flow.
func (s *server) importCertificate(w http.ResponseWriter, r *http.Request) error {
	var in importRequest
	err := decodeBodyOf(w, r, &in, maxImport, "Send the certificate, its chain and its key only.",
		`{"hostname":"shop.example.com","certificate":"-----BEGIN CERTIFICATE-----…","privatekey":"-----BEGIN PRIVATE KEY-----…"}`)
	if err != nil {
		return err
	}
	host, err := hostname.ParsePattern(in.Hostname)
	if err != nil {
		return problem(CodeHostnameNotValid, err.Error(), "Send in the member hostname a public host name such as shop.example.com, or a wildcard such as *.example.com.")
	}
	gateways, err := s.checkGateways(in.Gateways)
	if err != nil {
		return err
	}
	bundle, err := certimport.Parse(host.String(), string(in.Certificate), string(in.PrivateKey), string(in.Password), s.now())
	if err != nil {
		return importProblem(err)
	}
	active, err := s.atWorkOn(r.Context(), host)
	if err != nil {
		return err
	}
	if active != nil {
		return s.importBeside(w, r, active, host, bundle)
	}
	if !in.TakeOver {
		if err := s.unmanaged(r.Context(), gateways, host.String()); err != nil {
			return err
		}
	}
	kept, err := s.keep(r.Context(), host, bundle)
	if err != nil {
		return s.vaultProblem(w, r, err)
	}
	start, err := issuance.Import(host.String(), kept, in.TakeOver, gateways, bundle.Warnings...)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// keep puts the bundle into the vault, under the hostname's name or, if that is
// taken, under its longer one.
func (s *server) keep(ctx context.Context, host hostname.Name, bundle certimport.Bundle) (issuance.VaultCertificate, error) {
	pfx, password, err := bundle.PFX()
	if err != nil {
		return issuance.VaultCertificate{}, err
	}
	names := []string{hostname.CertificateName(host.String()), hostname.Disambiguated(host.String())}
	for _, name := range names {
		kept, err := s.importer.Import(ctx, issuance.CertificateRequest{Name: name, Hostnames: []string{host.String()}}, pfx, password)
		if !errors.Is(err, issuance.ErrNameTaken) {
			if len(kept.TagsLeftOut) > 0 {
				s.log.WarnContext(ctx, "the certificate has no room for more tags", "certificate", name, "leftOut", kept.TagsLeftOut)
			}
			return kept, err
		}
	}
	return issuance.VaultCertificate{}, problem(CodeCertificateNameTaken,
		fmt.Sprintf("The names %s and %s in Key Vault are taken, by certificates for other hostnames or by a secret or key of that name.", names[0], names[1]),
		"Delete and purge the one that is not needed, or give a certificate the tag Hostname with the value "+host.String()+" if it is this hostname's, then import again.")
}

func importProblem(err error) error {
	var refused *certimport.Error
	if !errors.As(err, &refused) {
		return err
	}
	return &Problem{Type: "about:blank", Title: http.StatusText(http.StatusBadRequest), Status: http.StatusBadRequest,
		Code: string(refused.Reason), Detail: refused.Sentence, Fix: refused.Fix}
}
