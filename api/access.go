package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"certgate/internal/principal"
)

// signedIn stands before every route, those that do not exist included: whoever
// is nobody learns nothing. A new route is guarded without doing anything: to
// look takes a reader, to change an operator, to delete an admin. A route that
// takes more says so with only.
func (s *server) signedIn(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		if s.anonymous(r) {
			next.ServeHTTP(w, r)
			return nil
		}
		p, err := s.signIn.Principal(r)
		if err != nil {
			return s.turnAway(w, r, err)
		}
		r = r.WithContext(principal.NewContext(r.Context(), p))
		if err := s.foreign(r, p); err != nil {
			s.log.WarnContext(r.Context(), "refused a call from a foreign page", "method", r.Method, "path", r.URL.Path, "by", p.Name)
			return err
		}
		if err := s.require(r, roleFor(r)); err != nil {
			return err
		}
		if r.Method != http.MethodGet {
			// The record of who did what, purges included, which leave no row.
			s.log.InfoContext(r.Context(), "call", "method", r.Method, "path", r.URL.Path, "by", p.Name, "role", string(p.Role))
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// anonymous: probes ask for health and cannot sign in, and Static Web Apps asks for
// the roles of somebody who has not yet. The path must be written plainly, so that no
// other spelling of it is routed elsewhere.
func (s *server) anonymous(r *http.Request) bool {
	if r.URL.RawPath != "" {
		return false
	}
	return r.Method == http.MethodGet && r.URL.Path == "/api/health" ||
		r.Method == http.MethodPost && r.URL.Path == rolesPath && len(s.siteRoles) > 0
}

func roleFor(r *http.Request) principal.Role {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return principal.Reader
	case http.MethodPost:
		if (r.URL.Path == "/api/preflight" || r.URL.Path == "/api/live") && r.URL.RawPath == "" {
			return principal.Reader // it only looks
		}
	case http.MethodDelete:
		return principal.Admin
	}
	return principal.Operator
}

// only makes a route take a higher role than its method does.
func (s *server) only(role principal.Role, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.require(r, role); err != nil {
			return err
		}
		return h(w, r)
	}
}

func (s *server) require(r *http.Request, role principal.Role) error {
	p := principal.FromContext(r.Context())
	if p.Role.Includes(role) {
		return nil
	}
	has := "no role"
	if p.Role != principal.None {
		has = "the role " + string(p.Role)
	}
	s.log.WarnContext(r.Context(), "refused a call for want of a role", "method", r.Method, "path", r.URL.Path, "by", p.Name, "has", string(p.Role), "needs", string(role))
	return problem(CodeRoleMissing, fmt.Sprintf("This call takes the role %s; %s has %s.", role, p.Name, has),
		"Have whoever runs this installation give you the role; after a change, sign out and in again.")
}

// foreign refuses a change that the page of another site made a browser send:
// behind a principal of the platform stands a cookie, which goes along without
// the user's doing. Browsers say so in Sec-Fetch-Site, old ones in Origin alone;
// programs send neither.
func (s *server) foreign(r *http.Request, p principal.Principal) error {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	if site == "" && (origin == "" || s.ourOrigin(r, origin)) {
		return nil
	}
	if !p.ByHeader || r.Method == http.MethodGet || site == "same-origin" || site == "none" {
		return nil
	}
	return problem(CodeCrossSiteCall, "The call comes from a page of another site.", "Use the pages of this site, or a bearer token.")
}

// ourOrigin reports whether an Origin is the installation's, by any of the names that
// it is known to be called by.
func (s *server) ourOrigin(r *http.Request, origin string) bool {
	from, err := url.Parse(origin)
	if err != nil || from.Host == "" { // "null" is what a page without an address sends
		return false
	}
	ours := []string{r.Host, r.Header.Get("X-Forwarded-Host")}
	for _, address := range []string{s.addresses.Public, r.Header.Get("x-ms-original-url")} {
		if u, err := url.Parse(address); err == nil {
			ours = append(ours, u.Host)
		}
	}
	return slices.ContainsFunc(ours, func(host string) bool { return strings.EqualFold(host, from.Host) })
}

// turnAway answers a caller who could not be signed in.
func (s *server) turnAway(w http.ResponseWriter, r *http.Request, err error) error {
	var refused *principal.Refused
	var denied *principal.Denied
	switch {
	case errors.As(err, &refused):
		s.log.InfoContext(r.Context(), "refused a call of nobody known", "method", r.Method, "path", r.URL.Path, "reason", refused.Reason)
		challenge := `Bearer realm="certgate"`
		if refused.Token {
			challenge += `, error="invalid_token"` // RFC 6750 section 3.1
		}
		w.Header().Set("WWW-Authenticate", challenge)
		return problem(CodeSignInRequired, refused.Reason, "Sign in on the web site, or send a bearer token in Authorization (through Static Web Apps in "+principal.TokenHeader+").")
	case errors.As(err, &denied):
		s.log.WarnContext(r.Context(), "refused a call for want of a claim", "method", r.Method, "path", r.URL.Path, "by", denied.Name, "reason", denied.Reason)
		return problem(CodeRoleMissing, denied.Name+" may not call this API: "+denied.Reason+".", "Use a token with that claim; the setting JwtRequiredClaim asks for it.")
	}
	s.log.ErrorContext(r.Context(), "sign-in not checked", "method", r.Method, "path", r.URL.Path, "error", err)
	w.Header().Set("Retry-After", "30")
	return problem(CodeSignInNotChecked, "The bearer token could not be checked, because its issuer did not give its keys.", "Try again; if it stays, check the setting JwtIssuer and whether the app can reach it.")
}
