package hostname_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"certgate/internal/hostname"
)

// Whatever is sent as a hostname, it is refused with a sentence that is fit to be
// shown, or it comes out in the one form that DNS, authorities and the names of
// Azure's resources agree on.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"example.com", "*.example.com", "bücher.example.", "xn--bcher-kva.example", "例え。テスト",
		"１２７.０.０.１", "a_b.com", "http://x", "[::1]:80", "ß.de", "\u200dx.com", "a\u0338.com", "..", "*.*", "xn--.com", "faß。example。"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		name, err := hostname.ParsePattern(input)
		if err != nil {
			wantShowable(t, input, err)
			return
		}
		for _, spelling := range []string{name.String(), strings.ToUpper(name.String()), name.String() + ".", " " + name.String() + "\n"} {
			if again, err := hostname.ParsePattern(spelling); err != nil || again != name {
				t.Fatalf("%q became %q, which as %q became %q, %v", input, name, spelling, again, err)
			}
		}
		if plain, err := hostname.Parse(input); (err == nil) == name.Wildcard() || err == nil && plain != name {
			t.Fatalf("%q is %q as a pattern and %q, %v as a hostname", input, name, plain, err)
		}
		if len(name) > 253 || strings.Trim(strings.TrimPrefix(name.String(), "*."), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || !strings.Contains(name.String(), ".") {
			t.Fatalf("%q became %q", input, name)
		}
		if ip, err := netip.ParseAddr(name.String()); err == nil {
			t.Fatalf("%q became the address %s", input, ip)
		}
		wantNames(t, name.String())
	})
}

func wantShowable(t *testing.T, input string, err error) {
	t.Helper()
	var refused *hostname.Error
	if !errors.As(err, &refused) || refused.Sentence == "" || refused.Reason == "" {
		t.Fatalf("ParsePattern(%q): %v is no refusal with a reason and a sentence", input, err)
	}
	if len([]rune(refused.Sentence)) > 1000 || !utf8.ValidString(refused.Sentence) || strings.IndexFunc(refused.Sentence, unicode.IsControl) >= 0 {
		t.Fatalf("ParsePattern(%q): %q is not fit to be shown", input, refused.Sentence)
	}
}

// wantNames checks the names in Key Vault (letters, digits, hyphens, at most 127)
// and on the gateway (at most 80).
func wantNames(t *testing.T, host string) {
	t.Helper()
	for _, vault := range []string{hostname.CertificateName(host), hostname.Disambiguated(host)} {
		if len(vault) > 127 || strings.Trim(vault, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Fatalf("%q is named %q in the vault", host, vault)
		}
		for _, name := range []string{hostname.GatewayCertificateName(vault), hostname.ListenerName(vault), hostname.RuleName(vault), hostname.HTTPListenerName(vault), hostname.PathMapName(vault)} {
			if len(name) > 80 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Fatalf("%q is named %q on the gateway", host, name)
			}
		}
	}
}
