package azurestore_test

import (
	"testing"
	"time"

	"certgate/localstack/azurite/azuritetest"
)

func testDocumentLostAnswers(t *testing.T, emulator azuritetest.Emulator) {
	store, w := open(t, emulator, time.Now)
	if err := store.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	version := ""
	for _, body := range []string{"inserted", "replaced"} {
		w.loseAnswer(1)
		sent := w.count(t, func() (err error) {
			version, err = store.PutDocument(t.Context(), "a", []byte(body), version)
			return err
		})
		if len(sent) != 3 { // the one whose answer was lost, its repetition, and the look why that was refused
			t.Errorf("%s with %d requests: %q", body, len(sent), sent)
		}
		if got, stored, err := store.Document(t.Context(), "a"); string(got) != body || stored != version || err != nil {
			t.Errorf("the document is %q with version %q, want %q with %q: %v", got, stored, body, version, err)
		}
	}
	for name, do := range map[string]func() error{
		"read": func() error { _, _, err := store.Document(t.Context(), "a"); return err },
		"put":  func() (err error) { version, err = store.PutDocument(t.Context(), "a", nil, version); return err },
	} {
		if sent := w.count(t, do); len(sent) != 1 {
			t.Errorf("%s sent %d requests, want 1: %q", name, len(sent), sent)
		}
	}
}
