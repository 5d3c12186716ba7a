// Package caa decides by CAA records (RFC 8659, RFC 8657) whether an authority may
// issue.
package caa

import (
	"fmt"
	"slices"
	"strings"
)

// Records are the relevant record set of a hostname; none if Records is empty.
type Records struct {
	Owner   string
	Records []Record
}

// Record is one CAA record (RFC 8659 section 4.1).
type Record struct {
	Critical bool
	Tag      string // lower-case: issue, issuewild, iodef, ...
	Value    string
}

// Permits decides as a CA does whether a relevant CAA record set lets it issue
// (RFC 8659 section 4, RFC 8657). The CA calls itself by any of issuerDomains;
// accountURI is the ACME account's URL, method the validation to be used, such
// as "http-01". On refusal, why is a clause for people, without a full stop.
//
// A CA that publishes no issuerDomains cannot be recognised in the records: then
// only a set that forbids every CA, or this account or method at each of its
// entries, is a refusal.
func Permits(records []Record, issuerDomains []string, accountURI string, wildcard bool, method string) (ok bool, why string) {
	for _, r := range records {
		if r.Critical && !understood(r.Tag) {
			return false, fmt.Sprintf("the record %s is critical and no CA understands its tag (remove it, or its critical flag)", shown(r))
		}
	}
	relevant := relevantRecords(records, wildcard)
	if len(relevant) == 0 {
		return true, ""
	}
	var others, obstacles []string
	for _, r := range relevant {
		grant, valid := parseGrant(r.Value)
		switch {
		case !valid:
			obstacles = append(obstacles, fmt.Sprintf("the record %s is malformed and so allows no CA", shown(r)))
		case grant.issuer == "":
			obstacles = append(obstacles, fmt.Sprintf("the record %s allows no CA", shown(r)))
		case len(issuerDomains) > 0 && !slices.ContainsFunc(issuerDomains, func(d string) bool { return strings.EqualFold(d, grant.issuer) }):
			others = append(others, grant.issuer)
		default:
			obstacle := grant.obstacle(accountURI, method)
			if obstacle == "" {
				return true, ""
			}
			obstacles = append(obstacles, fmt.Sprintf("the record %s %s", shown(r), obstacle))
		}
	}
	if len(others) > 0 {
		obstacles = append(obstacles, "only "+strings.Join(others, ", ")+" may issue")
	}
	return false, strings.Join(obstacles, "; ")
}

// understood are the tags that CAs process; iodef and issuemail do not concern
// TLS certificates (RFC 8659 section 4.4, RFC 9495).
func understood(tag string) bool {
	return slices.Contains([]string{"issue", "issuewild", "iodef", "issuemail"}, strings.ToLower(tag))
}

// relevantRecords are the ones that decide: for a wildcard the issuewild records
// if there is any, otherwise the issue records (RFC 8659 section 4.3).
func relevantRecords(records []Record, wildcard bool) []Record {
	of := func(tag string) (out []Record) {
		for _, r := range records {
			if strings.EqualFold(r.Tag, tag) {
				out = append(out, r)
			}
		}
		return out
	}
	if wildcard {
		if wild := of("issuewild"); len(wild) > 0 {
			return wild
		}
	}
	return of("issue")
}

func shown(r Record) string {
	flags := 0
	if r.Critical {
		flags = 128 // bit 0, the highest (RFC 8659 section 4.1)
	}
	return fmt.Sprintf("%d %s %q", flags, r.Tag, r.Value)
}
