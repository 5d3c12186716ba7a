// Package gatetest is the conformance suite of the stores of package cagate.
package gatetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"certgate/internal/cagate"
	"certgate/internal/durable"
)

// Exercise runs the suite. Every test gets a store of its own.
func Exercise(t *testing.T, open func(t *testing.T) cagate.Documents) {
	for name, test := range map[string]func(*testing.T, cagate.Documents){
		"a document reads back as it was":                  readsBack,
		"a version that is not the newest is refused":      refusesOldVersions,
		"of many that replace a document at once one does": oneWins,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func readsBack(t *testing.T, d cagate.Documents) {
	body, version, err := d.Document(t.Context(), "a/b#?")
	if body != nil || version != "" || err != nil {
		t.Fatalf("a missing document is %q, version %q, %v", body, version, err)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 20<<10)
	for _, want := range [][]byte{[]byte(`{"a":1}`), large, []byte(`{}`)} {
		put, err := d.PutDocument(t.Context(), "a/b#?", want, version)
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		if got, version, err = d.Document(t.Context(), "a/b#?"); err != nil || !bytes.Equal(got, want) || version != put {
			t.Fatalf("read %d bytes with version %q, want %d bytes with %q: %v", len(got), version, len(want), put, err)
		}
	}
	if body, _, err := d.Document(t.Context(), "other"); body != nil || err != nil {
		t.Errorf("another name has %q, %v", body, err)
	}
}

func refusesOldVersions(t *testing.T, d cagate.Documents) {
	first, err := d.PutDocument(t.Context(), "a", []byte("1"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.PutDocument(t.Context(), "a", []byte("2"), ""); !errors.Is(err, durable.ErrConflict) {
		t.Errorf("a second insert gave %v", err)
	}
	if _, err := d.PutDocument(t.Context(), "a", []byte("2"), first); err != nil {
		t.Fatal(err)
	}
	if _, err := d.PutDocument(t.Context(), "a", []byte("3"), first); !errors.Is(err, durable.ErrConflict) {
		t.Errorf("a replacement of an old version gave %v", err)
	}
	if body, _, _ := d.Document(t.Context(), "a"); string(body) != "2" {
		t.Errorf("the document is %q, want 2", body)
	}
}

func oneWins(t *testing.T, d cagate.Documents) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	winners := 0
	for range 6 {
		wg.Go(func() {
			_, err := d.PutDocument(t.Context(), "a", []byte("x"), "")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				winners++
			case !errors.Is(err, durable.ErrConflict):
				t.Errorf("put: %v", err)
			}
		})
	}
	wg.Wait()
	if winners != 1 {
		t.Errorf("%d won, want 1", winners)
	}
}
