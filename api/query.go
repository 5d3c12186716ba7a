package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ignored are members of a query that callers of the predecessor send, whose
// functions had keys and whose task hubs had names. They mean nothing here.
var ignored = []string{"code", "clientId", "taskHub", "connection", "systemKey"}

// takes makes a route as strict with its query as it is with its body: a member
// that is unknown, given twice or malformed is refused before anything is done,
// because a misspelt filter selects more than its author meant. Names are taken in
// any letter case, as under the predecessor's host; the handler finds them as they
// stand here.
func takes(h func(http.ResponseWriter, *http.Request) error, names ...string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.RawQuery != "" {
			query, err := readQuery(r.URL.RawQuery, names)
			if err != nil {
				return err
			}
			r = r.Clone(r.Context())
			r.URL.RawQuery = query.Encode()
		}
		return h(w, r)
	}
}

func readQuery(raw string, names []string) (url.Values, error) {
	given, err := url.ParseQuery(raw)
	if err != nil {
		return nil, problem(CodeQueryNotValid, "The query is malformed.", "Separate members with &, and percent-encode what is not a letter or a digit. "+known(names))
	}
	query := url.Values{}
	for name, values := range given {
		if find(ignored, name) >= 0 {
			continue
		}
		i := find(names, name)
		switch {
		case i < 0:
			return nil, problem(CodeQueryNotValid, fmt.Sprintf("The query has %s, which this call does not take.", quoted(name)), known(names))
		case len(values) > 1 || query.Has(names[i]):
			return nil, problem(CodeQueryNotValid, fmt.Sprintf("The query has %s more than once.", names[i]), "Give it once.")
		}
		query[names[i]] = values
	}
	return query, nil
}

func find(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// known says which names there are.
func known(names []string) string {
	if len(names) == 0 {
		return "This call takes no query: leave it out."
	}
	return "This call takes " + strings.Join(names, ", ") + "."
}
