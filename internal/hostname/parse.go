package hostname

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	maxLabel = 63  // octets of one label (RFC 1035 section 2.3.4)
	maxName  = 253 // octets of a name in text form without the trailing dot
	maxInput = 4 * maxName
	maxShown = 80 // runes of the input that a sentence repeats
)

// Name is a checked hostname: lower-case A-labels without a trailing dot. Only
// one that came from ParsePattern can be a wildcard.
type Name string

func (n Name) String() string { return string(n) }

// Wildcard reports whether n stands for every direct subdomain of its base.
func (n Name) Wildcard() bool { return strings.HasPrefix(string(n), "*.") }

// Parse checks one plain hostname from outside. Unicode is mapped as browsers
// do (UTS 46, non-transitional) and converted to A-labels; "xn--" labels are
// kept if they are valid. A refusal is an *Error. Wildcards have a reason of
// their own, because the way out of it is another kind of validation.
func Parse(s string) (Name, error) {
	name, err := ParsePattern(s)
	if err != nil {
		return "", err
	}
	if name.Wildcard() {
		return "", refuse(IsWildcard, s, "is a wildcard. Wildcards need DNS-01 validation; HTTP-01 proves single hostnames only. Send each hostname by itself, such as %q",
			"www"+strings.TrimPrefix(string(name), "*"))
	}
	return name, nil
}

// ParsePattern is Parse that also takes a wildcard: "*." before a hostname that
// is not itself a public suffix (CA/Browser Forum Baseline Requirements 3.2.2.6).
func ParsePattern(s string) (Name, error) {
	text := strings.TrimSpace(s)
	if text == "" {
		return "", refuse(Empty, "", "The hostname is missing. Send a full name such as \"www.example.com\"")
	}
	if len(text) > maxInput {
		return "", refuse(TooLong, text, "is longer than the %d characters that DNS allows. Send a shorter hostname", maxName)
	}
	if err := refuseOtherKinds(text); err != nil {
		return "", err
	}
	base, wildcard := strings.CutPrefix(text, "*.")
	if strings.Contains(base, "*") {
		return "", refuse(MisplacedStar, text, "has a wildcard in the wrong place. Only a single \"*.\" at the beginning is a wildcard, such as \"*.example.com\"")
	}
	if err := checkHyphens(text, base); err != nil {
		return "", err
	}
	ascii, err := toASCII(text, base)
	if err != nil {
		return "", err
	}
	if err := checkLabels(text, ascii, wildcard); err != nil {
		return "", err
	}
	if err := checkIssuable(text, ascii, wildcard); err != nil {
		return "", err
	}
	if wildcard {
		return Name("*." + ascii), nil
	}
	return Name(ascii), nil
}

// refuseOtherKinds recognises what people paste in place of a hostname, so that
// the answer can be more helpful than "invalid character".
func refuseOtherKinds(text string) error {
	if strings.ContainsAny(text, `/\?#`) {
		return refuse(IsURL, text, "is a URL or a path. Send the hostname alone, without scheme and path")
	}
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return refuse(IsAddress, text, "is an IP address. Send the hostname that resolves to it")
	}
	if host, port, found := strings.Cut(text, ":"); found {
		if _, err := netip.ParseAddrPort(text); err == nil {
			return refuse(IsAddress, text, "is an IP address with a port. Send the hostname that resolves to it")
		}
		return refuse(HasPort, text, "has a port (%s). A certificate is for a hostname, whatever the port: send %s", shown(port), shown(host))
	}
	return nil
}

// toASCII applies IDNA2008 with the lookup mapping of UTS 46. Underscores and
// other characters outside letters, digits and hyphen are errors in it.
func toASCII(text, base string) (string, error) {
	profile := idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.BidiRule(), idna.Transitional(false))
	ascii, err := profile.ToASCII(base)
	// The mapping knows other full stops (U+3002 and kin), so the trailing dot is
	// looked for after it.
	ascii = strings.ToLower(strings.TrimSuffix(ascii, "."))
	if bad, found := invalidRune(base); found {
		why := "Hostnames are made of letters, digits, hyphens and dots"
		switch {
		case bad == '_':
			why = "Certificates cannot be issued for names with an underscore"
		case bad == '@':
			why = "This looks like an e-mail address; send the hostname alone"
		case bad == ',' || bad == ';' || unicode.IsSpace(bad):
			why = "Send one hostname per entry"
		}
		return "", refuse(BadCharacter, text, "has the character %q, which a hostname cannot have. %s", bad, why)
	}
	if err != nil {
		return "", refuse(Malformed, text, "is not a valid internationalised hostname (IDNA2008). Check its spelling, or send its ASCII form (\"xn--…\")")
	}
	return ascii, nil
}

// invalidRune finds the first character that no mapping makes part of a hostname.
func invalidRune(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case r == utf8.RuneError, r < ' ', r == 0x7f:
			return r, true
		case r > unicode.MaxASCII, r == '.', r == '-', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		default:
			return r, true
		}
	}
	return 0, false
}

func refuse(reason Reason, input, sentence string, args ...any) *Error {
	text := fmt.Sprintf(sentence, args...)
	if input != "" {
		text = shown(input) + " " + text
	}
	return &Error{Reason: reason, Sentence: text + "."}
}

// shown quotes input for a sentence: control characters escaped, length bounded.
func shown(s string) string {
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > maxShown {
		s = string(runes[:maxShown]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
