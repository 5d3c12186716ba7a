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
		{"api/{id:int}", "/api/-7", true},
		{"api/{id:int}", "/api/7x", false},
		{"api/{id:int:min(3)}", "/api/2", false},
		{"api/{id:range(3,5)}", "/api/5", true},
		{"api/{id:guid}", "/api/24ad4c06-0000-1111-2222-333344445555", true},
		{"api/{id:guid}", "/api/24ad4c06", false},
		{"api/{name:alpha:minlength(2)}", "/api/ab", true},
		{"api/{name:alpha:minlength(2)}", "/api/a", false},
		{"api/{name:alpha}", "/api/a1", false},
		{"api/{id:int?}", "/api", true},
		{"api/{flag:bool}", "/api/True", true},
		{"api/{name:length(2)}", "/api/%C3%A4b", true}, // characters, not bytes
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
		"a//b", "api/{id}.json", "api/{a}{b}", "api/{a}-{b}", "api/{id=5}", "{*rest}/x", "{id?}/x", "{}", "{id:regex(^a$)}", "{id:datetime}", "api/{id",
	} {
		if _, err := parseTemplate(text); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}
