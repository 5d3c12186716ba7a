package hostname_test

import (
	"errors"
	"strings"
	"testing"

	"certgate/internal/hostname"
)

func TestParseBringsHostnamesIntoOneForm(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"example.com":                    "example.com",
		"  WWW.Example.COM.\n":           "www.example.com",
		"bücher.example":                 "xn--bcher-kva.example",
		"XN--BCHER-KVA.example":          "xn--bcher-kva.example",
		"straße.de":                      "xn--strae-oqa.de", // non-transitional: sharp s stays
		"例え。テスト。":                        "xn--r8jz45g.xn--zckzah",
		"１２３ａ.example.com":               "123a.example.com",
		"a.b.co.uk":                      "a.b.co.uk",
		"shop.test":                      "shop.test",
		"shop.example":                   "shop.example",
		"github.io":                      "github.io", // private part of the suffix list
		"3com.com":                       "3com.com",
		strings.Repeat("a", 63) + ".com": strings.Repeat("a", 63) + ".com",
	} {
		name, err := hostname.Parse(input)
		if err != nil || name.String() != want {
			t.Errorf("Parse(%q) = %q, %v, want %q", input, name, err, want)
		}
	}
}

func TestParseRefusesWithTheReasonAndTheWayOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		input  string
		reason hostname.Reason
		says   string
	}{
		{"", hostname.Empty, "www.example.com"},
		{" \t", hostname.Empty, "missing"},
		{"https://example.com", hostname.IsURL, "hostname alone"},
		{"example.com/path", hostname.IsURL, "hostname alone"},
		{`example.com\path`, hostname.IsURL, "hostname alone"},
		{"example.com?x", hostname.IsURL, "hostname alone"},
		{"example.com:443", hostname.HasPort, `send "example.com"`},
		{"192.0.2.1", hostname.IsAddress, "resolves to it"},
		{"192.0.2.1:443", hostname.IsAddress, "resolves to it"},
		{"2001:db8::1", hostname.IsAddress, "resolves to it"},
		{"[2001:db8::1]:443", hostname.IsAddress, "resolves to it"},
		{"１９２.０.２.１", hostname.IsAddress, "resolves to it"},
		{"1.2.3", hostname.Malformed, "top-level domain"},
		{"0x7f.0x1", hostname.Malformed, "top-level domain"},
		{"intranet", hostname.SingleLabel, "intranet.example.com"},
		{"com", hostname.SingleLabel, "no dot"},
		{"localhost", hostname.ReservedTopName, "public DNS"},
		{"printer.local", hostname.ReservedTopName, ".local"},
		{"db.internal", hostname.ReservedTopName, ".internal"},
		{"x.invalid", hostname.ReservedTopName, ".invalid"},
		{"x.onion", hostname.ReservedTopName, ".onion"},
		{"co.uk", hostname.IsPublicSuffix, "example.co.uk"},
		{"*.co.uk", hostname.IsPublicSuffix, "*.example.co.uk"},
		{"*.com", hostname.IsPublicSuffix, "*.example.com"},
		{"*.example.com", hostname.IsWildcard, "DNS-01"},
		{"*.*.example.com", hostname.MisplacedStar, "beginning"},
		{"www.*.example.com", hostname.MisplacedStar, "beginning"},
		{"w*.example.com", hostname.MisplacedStar, "beginning"},
		{"my_host.example.com", hostname.BadCharacter, "underscore"},
		{"me@example.com", hostname.BadCharacter, "e-mail"},
		{"a.com, b.com", hostname.BadCharacter, "one hostname per entry"},
		{"a.com b.com", hostname.BadCharacter, "one hostname per entry"},
		{"exa\x00mple.com", hostname.BadCharacter, `\x00`},
		{"exa\xffmple.com", hostname.BadCharacter, "letters, digits"},
		{"a..example.com", hostname.Malformed, "empty label"},
		{"example.com..", hostname.Malformed, "empty label"},
		{".", hostname.Malformed, "empty label"},
		{"*.", hostname.Malformed, "empty label"},
		{"-a.example.com", hostname.Malformed, `"-a", that begins or ends with a hyphen`},
		{"www.a-.example.com", hostname.Malformed, `"a-", that begins or ends with a hyphen`},
		{"ab--cd.example.com", hostname.Malformed, `"ab--cd", with two hyphens in its third and fourth place`},
		{"*.ab--cd.example.com", hostname.Malformed, "third and fourth place"},
		{"shop.alt", hostname.ReservedTopName, ".alt"},
		{"1.2.0.192.in-addr.arpa", hostname.ReservedTopName, ".arpa"},
		{"xn--a.example.com", hostname.Malformed, "xn--"},
		{"xn--0.example.com", hostname.Malformed, "xn--"},
		{strings.Repeat("a", 64) + ".com", hostname.TooLong, "63"},
		{strings.Repeat("a.", 126) + "com", hostname.TooLong, "253"},
		{strings.Repeat("ü.", 900) + "com", hostname.TooLong, "253"},
	} {
		name, err := hostname.Parse(c.input)
		var refused *hostname.Error
		if !errors.As(err, &refused) {
			t.Errorf("Parse(%q) = %q, %v, want a refusal", c.input, name, err)
			continue
		}
		if refused.Reason != c.reason || !strings.Contains(refused.Error(), c.says) {
			t.Errorf("Parse(%q) = %s: %s; want %s with %q", c.input, refused.Reason, refused, c.reason, c.says)
		}
		if strings.ContainsAny(refused.Error(), "\x00\n\t") {
			t.Errorf("Parse(%q) repeats control characters: %q", c.input, refused.Error())
		}
	}
}

func TestNamesThatOnlyAPrivateAuthorityServesPassWithAWarning(t *testing.T) {
	t.Parallel()
	for input, top := range map[string]string{"nas.home.arpa": ".home.arpa", "db.lan": ".lan", "a.b.corp": ".corp", "wiki.intranet": ".intranet"} {
		name, err := hostname.Parse(input)
		if err != nil || !strings.Contains(hostname.Warning(name), `"`+top+`"`) {
			t.Errorf("%s: %v, warning %q", input, err, hostname.Warning(name))
		}
	}
	for _, input := range []string{"shop.example.com", "lan.example.com", "corp.com", "a--b.example.com", "xn--bcher-kva.example"} {
		name, err := hostname.Parse(input)
		if err != nil || hostname.Warning(name) != "" {
			t.Errorf("%s: %v, warning %q", input, err, hostname.Warning(name))
		}
	}
}

func TestPatternsMayBeWildcards(t *testing.T) {
	t.Parallel()
	name, err := hostname.ParsePattern("*.Bücher.example")
	if err != nil || name != "*.xn--bcher-kva.example" || !name.Wildcard() {
		t.Errorf("got %q (wildcard %v), %v", name, name.Wildcard(), err)
	}
	if name, err := hostname.ParsePattern("*.github.io"); err != nil || !name.Wildcard() {
		t.Errorf("a wildcard over a private suffix: %q, %v", name, err)
	}
	longest := strings.Repeat("a.", 124) + "com" // 251 characters
	if _, err := hostname.ParsePattern("*." + longest); err != nil {
		t.Errorf("a wildcard of 253 characters: %v", err)
	}
	if _, err := hostname.ParsePattern("*.a" + longest); err == nil {
		t.Error("a wildcard of 254 characters passed")
	}
}
