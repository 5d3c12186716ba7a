package dnsproviders_test

import (
	"slices"
	"strings"
	"testing"

	"certgate/internal/dnsproviders"
)

func TestNamesWithinAZone(t *testing.T) {
	t.Parallel()
	z := dnsproviders.Zone{Name: "example.com"}
	for name, want := range map[string]string{"example.com": "@", "a.example.com": "a", "a.b.example.com": "a.b"} {
		if got := z.Relative(name, "@"); got != want || !z.Contains(name) {
			t.Errorf("%s is %s in the zone", name, got)
		}
	}
	if z.Contains("myexample.com") || z.Contains("com") {
		t.Error("the zone has what is beside it")
	}
	if dnsproviders.Plain("Example.COM.") != "example.com" {
		t.Error("a name is not written plainly")
	}
}

func TestValuesInZoneFileForm(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		`plain`:              `plain`,
		`"quoted"`:           `quoted`,
		`"two" "strings"`:    `twostrings`,
		`"an \"inner\" one"`: `an "inner" one`,
		`"back\\slash"`:      `back\slash`,
		`""`:                 ``,
		``:                   ``,
	} {
		if got := dnsproviders.Unquoted(content); got != want {
			t.Errorf("%s is %s", content, got)
		}
	}
	value := strings.Repeat("x", 43)
	if dnsproviders.Unquoted(dnsproviders.Quoted(value)) != value {
		t.Error("a value does not come back")
	}
	if got := dnsproviders.Missing([]string{"a", "b"}, []string{"b", "c"}); !slices.Equal(got, []string{"a"}) {
		t.Errorf("missing are %v", got)
	}
}
