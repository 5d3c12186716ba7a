package recorded_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"certgate/localstack/recorded"
)

func shape(t *testing.T, status int, header http.Header, body string) recorded.Shape {
	t.Helper()
	s, err := recorded.Of(status, header, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAShapeHasNamesTypesAndOrderAndComesBackFromItsText(t *testing.T) {
	t.Parallel()
	s := shape(t, 201, http.Header{"Location": {"https://x/1"}, "Pragma": {"no-cache"}, "Date": {"now"}}, `{"z":"s","a":{"n":1,"b":true},"none":null,"empty":[],
		"list":[{"id":"1","x":1},{"id":null,"tag":"t","x":2}],"of":{"/subscriptions/1":{"k":"v"},"/subscriptions/2":{"k":"w"}}}`)
	const want = `status 201
header Location
header Pragma: no-cache
body object
body.z string
body.a object
body.a.n number
body.a.b boolean
body.none null
body.empty array
body.list array
body.list[] object
body.list[].id null|string
body.list[].tag? string
body.list[].x number
body.of object
body.of.* object
body.of.*.k string
`
	if s.String() != want {
		t.Errorf("got\n%s", s)
	}
	back, err := recorded.Lines(want)
	if err != nil || !slices.Equal(back, s) {
		t.Errorf("read back as %v, %v", back, err)
	}
}

func TestEachKindOfDifferenceIsToldOnce(t *testing.T) {
	t.Parallel()
	json := http.Header{"Content-Type": {"application/json"}}
	for _, tc := range []struct{ name, want, got, differences string }{
		{"none", `{"a":1,"b":[1],"c":{"d":"x"}}`, `{"a":2,"b":[3,4],"c":{"d":"y"}}`, `[]`},
		{"an object is missing", `{"a":{"b":{"c":1}}}`, `{}`, `[body.a: is missing]`},
		{"an object too many", `{}`, `{"a":{"b":[1]}}`, `[body.a: was not recorded]`},
		{"another type", `{"a":"1"}`, `{"a":1}`, `[body.a: is number, the service has string]`},
		{"another order", `{"a":1,"b":2,"c":3}`, `{"b":2,"a":1,"c":3}`, `[body.b: stands in another place]`},
		{"order of an inner object", `{"o":{"a":1,"b":2}}`, `{"o":{"b":2,"a":1}}`, `[body.o.b: stands in another place]`},
		{"an empty array says nothing", `{"a":[]}`, `{"a":[{"b":1}]}`, `[]`},
		{"elements that are missing", `{"a":[{"b":1}]}`, `{"a":[]}`, `[body.a[]: is missing]`},
		{"a member that some have", `{"a":[{"b":1},{"b":1,"c":{"d":1}}]}`, `{"a":[{"b":1}]}`, `[]`},
		{"no body", `null`, `{"a":1}`, `[body: was not recorded]`},
	} {
		got := recorded.Compare(shape(t, 200, json, tc.want), shape(t, 200, json, tc.got))
		if fmt.Sprint(got) != tc.differences {
			t.Errorf("%s: got %v, want %s", tc.name, got, tc.differences)
		}
	}
}

func TestStatusAndHeadersAreCompared(t *testing.T) {
	t.Parallel()
	want := shape(t, 202, http.Header{"Location": {"a"}, "Retry-After": {"10"}, "Pragma": {"no-cache"}}, ``)
	got := shape(t, 200, http.Header{"Location": {"b"}, "Retry-After": {"1"}, "X-More": {"1"}, "Content-Length": {"0"}}, ``)
	const differences = `[status: is 200, the service has 202 header Pragma: is missing header Retry-After: is 1, the service has 10 header X-More: was not recorded]`
	if fmt.Sprint(recorded.Compare(want, got)) != differences {
		t.Errorf("got %v", recorded.Compare(want, got))
	}
}

func TestABodyThatIsCutOffHasNoShape(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{`, `{"a":`, `[1`, `{"a" 1}`} {
		if s, err := recorded.Of(200, nil, []byte(body)); err == nil {
			t.Errorf("%s: %v", body, s)
		}
	}
}
