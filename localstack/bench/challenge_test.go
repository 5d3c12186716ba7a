package bench

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestTheGatewayAnswersForThoseWhoAreComparedAndNobodyElse(t *testing.T) {
	t.Parallel()
	files := &validationFiles{webroot: t.TempDir()}
	dir := filepath.Join(files.webroot, ".well-known", "acme-challenge")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lego"), []byte("of lego"), 0o600); err != nil {
		t.Fatal(err)
	}
	files.put("bare", "of the loop")
	for token, want := range map[string]string{"lego": "of lego", "bare": "of the loop", "certgate": ""} {
		rec := httptest.NewRecorder()
		answered := files.answer(rec, httptest.NewRequest("GET", "/.well-known/acme-challenge/"+token, nil))
		if answered != (want != "") || rec.Body.String() != want {
			t.Errorf("%s: answered %v with %q", token, answered, rec.Body.String())
		}
	}
}
