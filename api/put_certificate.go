package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/principal"
)

// wantedCertificate is what a certificate is to be. RemoveHostnames lets go of those that
// it has and that are not named, RemoveGateways of gateways.
type wantedCertificate struct {
	Hostnames       []issuance.Wanted `json:"hostnames"`
	RemoveHostnames bool              `json:"removeHostnames"`
	Options         *managed.Options  `json:"options"`  // without it those that it has
	TakeOver        bool              `json:"takeOver"` // of new hostnames whose certificate another manager renews
	Gateways        []string          `json:"gateways"` // without it those that it is on
	RemoveGateways  bool              `json:"removeGateways"`
}

// putCertificate gives a certificate the hostnames, options and gateways that are wanted: 200
// if it has exactly these, else the reply names the instance that makes the next version, or
// moves the one in force. With If-Match,
// only if the version in force is that one.
func (s *server) putCertificate(w http.ResponseWriter, r *http.Request) error {
	var wanted wantedCertificate
	if err := decodeBodyOf(w, r, &wanted, maxBody, "Send fewer hostnames.", `{"hostnames":[{"hostname":"example.com"},{"hostname":"*.example.com"}]}`); err != nil {
		return err
	}
	record, err := s.record(r.Context(), chi.URLParam(r, "name"))
	if err != nil {
		return err
	}
	in := issuance.AddInput{Hostnames: wanted.Hostnames, TakeOver: wanted.TakeOver, Options: record.Options}
	if wanted.Options != nil {
		in.Options = *wanted.Options
	}
	if err := s.check(r.Context(), &in); err != nil {
		return err
	}
	if len(wanted.Gateways) > 0 {
		kept, err := s.checkGateways(wanted.Gateways)
		if err != nil {
			return err
		}
		in.Gateways = managed.GatewaysOf(kept)
	}
	if err := changeable(record, r.Header.Get("If-Match")); err != nil {
		return err
	}
	if in.Hostnames, err = ordered(record, in.Hostnames, wanted.RemoveHostnames); err != nil {
		return err
	}
	if err := stays(record, in.Gateways, wanted.RemoveGateways); err != nil {
		return err
	}
	if same(record, in) {
		writeJSON(w, http.StatusOK, s.publishCertificate(record, s.listeners(r.Context(), record), s.now()))
		return nil
	}
	by := principal.FromContext(r.Context()).Name
	start, err := issuance.Change(record, in, wanted.RemoveHostnames, changed(record, in)+" changed by "+by+".")
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// changeable says why a certificate cannot have other hostnames.
func changeable(record *managed.Record, version string) error {
	switch version = strings.Trim(version, `"`); {
	case record.Retired:
		return problem(CodeCertificateRetired, "The certificate is retired, so it is not changed.", "POST /api/AddSanCertificateFunctions_HttpStart with its hostnames to put it back into service.")
	case record.Imported:
		return imported("It was imported, so certgate has no order to change.", "Import its successor, or ask for a certificate of the hostnames.")
	case len(record.Hostnames) == 0:
		return problem(CodeCertificateDamaged, "It is not known which hostnames the certificate has.", "Ask for a certificate of the hostnames.")
	case version != "" && version != "*" && version != record.Version:
		return problem(CodeCertificateChanged, fmt.Sprintf("The certificate's version is %s, and not %s.", record.Version, quoted(version)), "Read it again, and send what it is to be now.")
	}
	return nil
}

// ordered puts the wanted hostnames into the certificate's order, new ones behind. The
// first one gives it its name, and none is lost without a word.
func ordered(record *managed.Record, wanted []issuance.Wanted, removes bool) (names []issuance.Wanted, err error) {
	var gone []string
	for _, name := range record.Hostnames {
		if i := slices.IndexFunc(wanted, func(w issuance.Wanted) bool { return w.Hostname == name }); i >= 0 {
			names = append(names, wanted[i])
		} else {
			gone = append(gone, name)
		}
	}
	switch {
	case len(gone) > 0 && gone[0] == record.Hostnames[0]:
		return nil, problem(CodeHostnameNamesCertificate, fmt.Sprintf("The certificate is called after %s, which cannot go.", gone[0]),
			"Send it along; or ask for another certificate of the others, and retire this one.")
	case len(gone) > 0 && !removes:
		return nil, problem(CodeHostnamesWouldGo, fmt.Sprintf("The certificate would lose %s.", strings.Join(gone, ", ")), `Send "removeHostnames":true if that is meant, or send them along.`)
	}
	for _, w := range wanted {
		if !slices.Contains(record.Hostnames, w.Hostname) {
			names = append(names, w)
		}
	}
	return names, nil
}

// same reports whether a certificate is as wanted, and in service.
func same(record *managed.Record, in issuance.AddInput) bool {
	return !record.NotInstalled && record.Options == in.Options && slices.Equal(issuance.WantedOf(record), in.Hostnames) && onSame(record, in.Gateways)
}

// onSame reports whether a certificate is on these gateways and no other; none are those that
// it is on.
func onSame(record *managed.Record, wanted []string) bool {
	has := managed.GatewaysOf(record.Gateways)
	return len(wanted) == 0 || len(wanted) == len(has) && !slices.ContainsFunc(wanted, func(name string) bool { return !slices.Contains(has, name) })
}

// stays refuses to take a certificate off a gateway without a word.
func stays(record *managed.Record, wanted []string, removes bool) error {
	gone := slices.DeleteFunc(slices.Clone(managed.GatewaysOf(record.Gateways)), func(name string) bool { return slices.Contains(wanted, name) })
	if len(wanted) == 0 || len(gone) == 0 || removes {
		return nil
	}
	return problem(CodeGatewaysWouldGo, "The certificate would be taken off "+strings.Join(gone, ", ")+".", `Send "removeGateways":true if that is meant, or name them too.`)
}

// changed begins the sentence that says why there is a new version.
func changed(record *managed.Record, in issuance.AddInput) string {
	switch same := slices.Equal(issuance.WantedOf(record), in.Hostnames); {
	case same && record.Options != in.Options:
		return "Its options were"
	case same && !onSame(record, in.Gateways):
		return "Its gateways were"
	}
	return "Its hostnames were"
}
