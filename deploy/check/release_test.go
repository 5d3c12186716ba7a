package check

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// release is one that can be downloaded: what `make release` makes, by name.
type release map[string][]byte

func newRelease(t *testing.T, i *installer) release {
	t.Helper()
	program, err := os.ReadFile(i.zip)
	if err != nil {
		t.Fatal(err)
	}
	var site bytes.Buffer
	z := zip.NewWriter(&site)
	for name, content := range map[string]string{"staticwebapp.config.json": `{"routes":[]}`, "index.html": "the release's site", "tests/x.test.js": "not served"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := release{"certgate.zip": program, "certgate-site.zip": site.Bytes(), "azuredeploy.json": []byte(`{"parameters":{"gatewayId":{"type":"string"},"acmeEndpoint":{"type":"string"}}}`)}
	list := ""
	for name, content := range r {
		list += fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name)
	}
	r["SHA256SUMS"] = []byte(list)
	return r
}

// serve offers it as v1.2.0.
func (r release) serve(t *testing.T) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		content, there := r[strings.TrimPrefix(req.URL.Path, "/v1.2.0/")]
		if !there {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// An upgrade, and the way back, are the release as it was made: its templates, its
// program byte for byte, its site. The checkout that deploy.sh is in may be another.
func TestAReleaseIsDeployedAsItWasMade(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.2.0", "v1.2.0"} {
		i := newInstaller(t)
		r := newRelease(t, i)
		if err := os.Rename(i.zip, i.zip+".away"); err != nil { // nothing but the release has it
			t.Fatal(err)
		}
		said, calls, ok := i.run("--version", version, "--releases", r.serve(t))
		if want := []string{"group create", "deployment group create", "functionapp deployment", "npx", "staticwebapp users invite"}; !ok || !slices.Equal(changing(calls), want) {
			t.Fatalf("did %q:\n%s", changing(calls), said)
		}
		for name, want := range map[string][]byte{"uploaded.zip": r["certgate.zip"], "template.json": r["azuredeploy.json"], "served/index.html": []byte("the release's site")} {
			if got, err := os.ReadFile(filepath.Join(i.fake, name)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %v, %d bytes", name, err, len(got))
			}
		}
		if _, err := os.Stat(filepath.Join(i.fake, "served/tests")); err == nil {
			t.Error("the site's tests are served")
		}
		var sent struct{ Parameters map[string]any }
		raw, err := os.ReadFile(filepath.Join(i.fake, "parameters.json"))
		if err != nil || json.Unmarshal(raw, &sent) != nil || len(sent.Parameters) != 2 {
			t.Errorf("its template gets %s (%v), of which it knows two", raw, err)
		}
	}
}

func TestADamagedReleaseChangesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func(release)
		says string
	}{
		"another program":        {func(r release) { r["certgate.zip"] = append(slices.Clone(r["certgate.zip"]), 0) }, "certgate.zip of the release v1.2.0 is not what its checksum says"},
		"another site":           {func(r release) { r["certgate-site.zip"] = []byte("PK") }, "certgate-site.zip of the release v1.2.0 is not"},
		"another template":       {func(r release) { r["azuredeploy.json"] = []byte("{}") }, "azuredeploy.json of the release v1.2.0 is not"},
		"no program":             {func(r release) { delete(r, "certgate.zip") }, "the release v1.2.0 has no certgate.zip: http://127.0.0.1"},
		"no list of checksums":   {func(r release) { delete(r, "SHA256SUMS") }, "the release v1.2.0 has no SHA256SUMS"},
		"a list without entries": {func(r release) { r["SHA256SUMS"] = []byte("\n") }, "certgate.zip of the release v1.2.0 is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstaller(t)
			r := newRelease(t, i)
			c.harm(r)
			if said, calls, ok := i.run("--version", "1.2.0", "--releases", r.serve(t)); ok || len(changing(calls)) > 0 || !strings.Contains(said, c.says) || !strings.Contains(said, "Nothing was changed") {
				t.Errorf("did %q:\n%s", changing(calls), said)
			}
		})
	}
}
