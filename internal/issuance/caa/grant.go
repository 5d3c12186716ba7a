package caa

import (
	"fmt"
	"strings"
)

// grant is the value of an issue or issuewild record: who may issue, and under
// which conditions.
type grant struct {
	issuer     string // "" allows no authority
	parameters []parameter
}

type parameter struct{ name, value string }

// parseGrant reads issue-value of RFC 8659 section 4.2. A malformed value is to
// be treated as one that allows no authority.
func parseGrant(value string) (grant, bool) {
	issuer, list, conditional := strings.Cut(value, ";")
	g := grant{issuer: trimBlanks(issuer)}
	if !wellFormedIssuer(g.issuer) {
		return grant{}, false
	}
	if !conditional || trimBlanks(list) == "" {
		return g, true
	}
	for part := range strings.SplitSeq(list, ";") {
		name, value, ok := strings.Cut(part, "=")
		p := parameter{name: strings.ToLower(trimBlanks(name)), value: trimBlanks(value)}
		if !ok || !wellFormedTag(p.name) || !printable(p.value) {
			return grant{}, false
		}
		g.parameters = append(g.parameters, p)
	}
	return g, true
}

// obstacle says why the conditions of RFC 8657 are not met; "" if they are.
// Conditions that it does not define are the CA's own and no obstacle here.
func (g grant) obstacle(accountURI, method string) string {
	accounts, methods := g.values("accounturi"), g.values("validationmethods")
	switch {
	case len(accounts) > 1:
		return "has accounturi twice, which allows no account (RFC 8657 section 3)"
	case len(accounts) == 1 && accountURI == "":
		return fmt.Sprintf("allows only the account %q, and there is no account at the certificate authority yet", accounts[0])
	case len(accounts) == 1 && accounts[0] != accountURI:
		return fmt.Sprintf("allows only the account %q; the account in use is %q", accounts[0], accountURI)
	case len(methods) > 1:
		return "has validationmethods twice, which allows no method"
	case len(methods) == 1 && !lists(methods[0], method):
		return fmt.Sprintf("allows only the validation methods %q; %s is used here", methods[0], method)
	}
	return ""
}

func (g grant) values(name string) (values []string) {
	for _, p := range g.parameters {
		if p.name == name {
			values = append(values, p.value)
		}
	}
	return values
}

// lists reports whether a comma list (RFC 8657 section 4) has the method.
func lists(methods, method string) bool {
	for m := range strings.SplitSeq(methods, ",") {
		if strings.EqualFold(trimBlanks(m), method) {
			return true
		}
	}
	return false
}

func trimBlanks(s string) string { return strings.Trim(s, " \t") }

func wellFormedIssuer(issuer string) bool {
	return strings.Trim(strings.ToLower(issuer), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

func wellFormedTag(tag string) bool {
	return tag != "" && strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func printable(value string) bool {
	for _, c := range []byte(value) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
