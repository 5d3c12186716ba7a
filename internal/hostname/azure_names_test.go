package hostname_test

import (
	"regexp"
	"strings"
	"testing"

	"certgate/internal/hostname"
)

func TestCertificatesAreNamedAfterTheirHostname(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"example.com":       "example-com",
		"www.Example.com":   "www-example-com",
		"*.example.com":     "wildcard-example-com",
		"a-b.com":           "a-b-com",
		"xn--bcher-kva.com": "xn--bcher-kva-com",
	} {
		if got := hostname.CertificateName(host); got != want {
			t.Errorf("CertificateName(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestHostnamesThatMeetInOneNameCanBeToldApart(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"a-b.com", "a.b.com"},
		{"*.example.com", "wildcard.example.com"},
		{strings.Repeat("a.", 100) + "one.com", strings.Repeat("a.", 100) + "two.com"},
	} {
		first, second := hostname.Disambiguated(pair[0]), hostname.Disambiguated(pair[1])
		if first == second {
			t.Errorf("%q and %q are both %q", pair[0], pair[1], first)
		}
	}
	if got := hostname.Disambiguated("a.b.com"); !regexp.MustCompile(`^a-b-com-[0-9a-f]{8}$`).MatchString(got) {
		t.Errorf("Disambiguated = %q", got)
	}
}

func TestNamesStayWithinTheServicesLimits(t *testing.T) {
	t.Parallel()
	vault := regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)
	gateway := regexp.MustCompile(`^[0-9a-zA-Z][0-9a-zA-Z._-]{0,78}[0-9a-zA-Z_]$`)
	for length := 4; length <= 253; length++ {
		host := strings.Repeat("a.", 125)[:length-3] + "com"
		certificate := hostname.CertificateName(host)
		if !vault.MatchString(certificate) || !vault.MatchString(hostname.Disambiguated(host)) {
			t.Fatalf("%d characters: %q, %q", length, certificate, hostname.Disambiguated(host))
		}
		for role, name := range map[string]string{
			"": hostname.GatewayCertificateName(certificate), "-listener": hostname.ListenerName(certificate), "-rule": hostname.RuleName(certificate),
		} {
			if !gateway.MatchString(name) || !strings.HasSuffix(name, role) {
				t.Fatalf("%d characters: %q", length, name)
			}
			if short := certificate + role; len(short) <= 80 && name != short {
				t.Fatalf("%q fits, but became %q", short, name)
			}
		}
	}
	if hostname.ListenerName(strings.Repeat("x", 90)+"1") == hostname.ListenerName(strings.Repeat("x", 90)+"2") {
		t.Error("two long certificate names share a listener")
	}
}
