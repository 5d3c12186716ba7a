package funchost

import "testing"

func TestTemplatesMatchAsOnThePlatform(t *testing.T) {
	t.Parallel()
	cases := []struct {
		template, path string
		want           bool
	}{
		{"", "/", true},
		{"", "/x", false},
		{"api/items", "/API/Items/", true},
		{"api/items", "/api/items/1", false},
		{"api/items/{id}", "/api/items/1", true},
		{"api/items/{id}", "/api/items", false},
		{"api/items/{id}", "/api/items/a%2Fb", true}, // an escaped slash is no border
		{"api/items/{id}", "/api/items//", false},
		{"api/items/{id?}", "/api/items", true},
		{"api/items/{id?}", "/api/items/1/2", false},
		{"api/{*rest}", "/api", true},
		{"api/{*rest}", "/api/a//b", true},
		{"api/{**rest}", "/apix", false},
	}
	for _, c := range cases {
		parsed, err := parseTemplate(c.template)
		if err != nil {
			t.Errorf("%s: %v", c.template, err)
			continue
		}
		if got := parsed.matches(c.path); got != c.want {
			t.Errorf("%s matches %s: %t, want %t", c.template, c.path, got, c.want)
		}
	}
}

func TestTemplatesThatWouldMatchDifferentlyAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a//b", "api/{id}.json", "api/{a}{b}", "api/{a}-{b}", "api/{id=5}", "{*rest}/x", "{id?}/x", "{}", "{id:int}", "{id:regex(^a$)}", "api/{id",
	} {
		if _, err := parseTemplate(text); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}
