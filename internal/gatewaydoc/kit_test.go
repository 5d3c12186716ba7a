package gatewaydoc_test

import (
	"testing"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// edited is a document after an edit, in the forms that tests look at.
func bytesOf(d *gatewaydoc.Document) ([]byte, bool, error) {
	raw, err := d.Bytes()
	return raw, d.Changed(), err
}

// applyAll wants some listeners in one document. The error is about the gateway as
// a whole, refused has those of single listeners by name.
func applyAll(doc []byte, wants []issuance.Listener, s gatewaydoc.Settings) (edited []byte, changed bool, refused map[string]error, err error) {
	d, err := gatewaydoc.Parse(doc)
	if err != nil {
		return nil, false, nil, err
	}
	if err := d.Writable(); err != nil {
		return nil, false, nil, err
	}
	refused = map[string]error{}
	for _, l := range wants {
		if _, err := d.Want(l, s); err != nil {
			refused[l.Name] = err
		}
	}
	edited, changed, err = bytesOf(d)
	return edited, changed, refused, err
}

// removeAll is the same for Remove.
func removeAll(doc []byte, names ...string) (edited []byte, changed bool, refused map[string]error, err error) {
	d, err := gatewaydoc.Parse(doc)
	if err != nil {
		return nil, false, nil, err
	}
	refused = map[string]error{}
	for _, name := range names {
		if _, err := d.Remove(name, ""); err != nil {
			refused[name] = err
		}
	}
	edited, changed, err = bytesOf(d)
	return edited, changed, refused, err
}

// applyChallengePath is the same for port 80.
func applyChallengePath(doc []byte, s gatewaydoc.Settings) (edited []byte, changed bool, err error) {
	d, err := gatewaydoc.Parse(doc)
	if err != nil {
		return nil, false, err
	}
	if _, err := d.WantChallengePath(s); err != nil {
		return nil, false, err
	}
	return bytesOf(d)
}

func parse(t testing.TB, doc []byte) *gatewaydoc.Document {
	t.Helper()
	d, err := gatewaydoc.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
