package recorded

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Exchange is one recorded request with its reply.
type Exchange struct {
	Name    string  `json:"-"`
	Source  Source  `json:"source"`
	Request Request `json:"request"`
	Reply   Reply   `json:"response"`
	Polls   []Reply `json:"polls"` // of the operation that the reply began, if they were recorded
}

// Source is where an exchange was recorded.
type Source struct {
	Repository string `json:"repo"`
	Path       string `json:"path"`
	Date       string `json:"date"`
	Changed    string `json:"changed"` // what was replaced since
}

// Request is a recorded request. Secrets in it are replaced.
type Request struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// Reply is a recorded reply; Body is "null" if there was none.
type Reply struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// Header is the reply's headers under their canonical names.
func (r Reply) Header() http.Header {
	out := http.Header{}
	for name, value := range r.Headers {
		out.Set(name, value)
	}
	return out
}

// Write answers with the recorded reply.
func (r Reply) Write(w http.ResponseWriter) {
	for name, values := range r.Header() {
		if !ofTransport(name) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(r.Status)
	if string(r.Body) != "null" {
		w.Write(r.Body) // the client is gone if this fails
	}
}

// Folder is a folder below the one with the outside data, such as "recorded" or
// "azure-rest-api-specs/keyvault". The test is skipped if there is none.
func Folder(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("CERTGATE_FIXTURES")
	if root == "" {
		t.Skip("CERTGATE_FIXTURES is not set: it names the folder with recorded replies and official examples")
	}
	return filepath.Join(root, filepath.FromSlash(name))
}

// Exchanges reads every recorded exchange whose name begins so. The test is
// skipped where there are no recordings.
func Exchanges(t testing.TB, prefix string) []Exchange {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Folder(t, "recorded"), prefix+"*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no recording begins with %s", prefix)
	}
	var out []Exchange
	for _, file := range files {
		out = append(out, Read(t, strings.TrimSuffix(filepath.Base(file), ".json")))
	}
	return out
}

// Read reads one recorded exchange. The test is skipped where there are no recordings.
func Read(t testing.TB, name string) Exchange {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Folder(t, "recorded"), name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	x := Exchange{Name: name}
	if err := json.Unmarshal(data, &x); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return x
}
