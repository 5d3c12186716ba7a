package hostname

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// checkLabels holds the rules of DNS and of TLS server names for the ASCII form.
func checkLabels(text, ascii string, wildcard bool) error {
	limit := maxName
	if wildcard {
		limit -= len("*.")
	}
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		switch {
		case label == "":
			return refuse(Malformed, text, "has an empty label. Send a full name with single dots, such as \"www.example.com\"")
		case len(label) > maxLabel:
			return refuse(TooLong, text, "has a part of %d characters between two dots. DNS allows %d at most: send a shorter hostname", len(label), maxLabel)
		case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
			return refuse(Malformed, text, "has a part that begins or ends with a hyphen. Correct its spelling")
		case !lettersDigitsHyphens(label):
			return refuse(BadCharacter, text, "has a character that a hostname cannot have. Hostnames are made of letters, digits, hyphens and dots")
		}
	}
	if len(ascii) > limit {
		return refuse(TooLong, text, "is %d characters long. DNS allows %d at most: send a shorter hostname", len(ascii), limit)
	}
	// The mapping turns full-width digits into digits, so an address may show
	// only now.
	if _, err := netip.ParseAddr(ascii); err == nil {
		return refuse(IsAddress, text, "is an IP address. Send the hostname that resolves to it")
	}
	return nil
}

// checkHyphens says of plain ASCII what IDNA would call an invalid
// internationalised name.
func checkHyphens(text, base string) error {
	for label := range strings.SplitSeq(base, ".") {
		switch {
		case strings.Trim(label, "-") == "" && label != "", strings.HasPrefix(label, "-"), strings.HasSuffix(label, "-"):
			return refuse(Malformed, text, "has a part, %s, that begins or ends with a hyphen, which DNS names cannot. Correct its spelling", shown(label))
		case len(label) >= 4 && label[2:4] == "--" && !strings.EqualFold(label[:2], "xn"):
			return refuse(Malformed, text, "has a part, %s, with two hyphens in its third and fourth place. That is kept for internationalised names (\"xn--…\"), and certificate authorities issue nothing else there. Correct its spelling, or use another name", shown(label))
		}
	}
	return nil
}

// checkIssuable refuses names for which no public CA issues, so that a person
// hears it at once and not after an order. ".test" and ".example" pass: the
// local stack uses them, and a public CA says no by itself.
func checkIssuable(text, ascii string, wildcard bool) error {
	top := ascii[strings.LastIndexByte(ascii, '.')+1:]
	switch top {
	case "localhost", "local", "internal", "invalid", "onion", "alt", "arpa":
		if ascii == "home.arpa" || strings.HasSuffix(ascii, ".home.arpa") {
			break // RFC 8375: for home networks, whose authority may be a private one
		}
		return refuse(ReservedTopName, text, "is under \".%s\", which public certificate authorities do not serve. Send a name that is registered in public DNS", top)
	}
	dotted := strings.Contains(ascii, ".")
	// The private part of the list is left out on purpose: its owners can and do
	// get certificates for their own entries. CAs draw the same line.
	suffix, icann := publicsuffix.PublicSuffix(ascii)
	switch registry := suffix == ascii && icann; {
	case wildcard && (registry || !dotted):
		return refuse(IsPublicSuffix, text, "is a wildcard over a public suffix. No CA issues that: send a wildcard below a registered domain, such as \"*.example.%s\"", ascii)
	case !dotted:
		return refuse(SingleLabel, text, "has no dot. Send the full name, such as \"%s.example.com\"", ascii)
	case registry:
		return refuse(IsPublicSuffix, text, "is a public suffix, under which others register domains. Send a name below it, such as \"example.%s\"", ascii)
	}
	if !strings.HasPrefix(top, "xn--") && strings.Trim(top, "abcdefghijklmnopqrstuvwxyz") != "" {
		return refuse(Malformed, text, "ends in %q, which is no top-level domain. Send the full public name", top)
	}
	return nil
}

// privateTops are used inside organisations and registered by nobody.
var privateTops = []string{"home.arpa", "lan", "corp", "intranet"}

// Warning is a sentence about a name that only a private authority serves; "" for
// others. Which authority it is, the authority decides.
func Warning(n Name) string {
	for _, top := range privateTops {
		if strings.HasSuffix(string(n), "."+top) {
			return "No public certificate authority issues certificates for names under \"." + top + "\"; a private one may."
		}
	}
	return ""
}

func lettersDigitsHyphens(label string) bool {
	return strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
