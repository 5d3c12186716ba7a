package azurestore

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
)

// FuzzToken reads continuation tokens of any content. They come from a header and
// what is in them goes into an OData filter: only a key that a list can have made
// passes, which cannot end a text there.
func FuzzToken(f *testing.F) {
	encode := base64.RawURLEncoding.EncodeToString
	id := durable.NewID("claim")
	for _, key := range []string{listKey(time.Unix(1_700_000_000, 0), id), "l|0000000000000000000|" + id, "n|shop-example-com", "e|20260101T000000.000000000|shop-example-com",
		"n|' or PartitionKey ne '", "l|0000000000000000000|' or RowKey ne '0", "l|0|' or 1 eq 1", "n|a\nb", "n|ä", "e|20260101T000000.000000000|", ""} {
		f.Add(encode([]byte(key)))
	}
	f.Add("not base64!")
	f.Fuzz(func(t *testing.T, token string) {
		key, err := parseToken(token)
		wantKey(t, token, key, err, "l|")
		for _, kind := range []string{"n", "e"} {
			key, err := parseRecordToken(token, kind)
			wantKey(t, token, key, err, kind+"|")
		}
		if _, err := spanOf(durable.Filter{Token: token}); err != nil && !errors.Is(err, durable.ErrBadToken) {
			t.Fatal(err)
		}
	})
}

func wantKey(t *testing.T, token, key string, err error, prefix string) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, durable.ErrBadToken) || key != "" {
			t.Fatalf("%q: %q, %v", token, key, err)
		}
		return
	}
	if !strings.HasPrefix(key, prefix) || strings.Trim(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ|=._-") != "" {
		t.Fatalf("%q becomes the key %q", token, key)
	}
	if again := base64.RawURLEncoding.EncodeToString([]byte(key)); len(again) > len(token) {
		t.Fatalf("%q becomes the key %q, which is longer", token, key)
	}
}

// FuzzKey makes row keys of names of any content, as they come in addresses: no
// two names share one, and the service takes every one (no / \ # ? and no control
// characters, at most 1 KiB).
func FuzzKey(f *testing.F) {
	for _, names := range [][2]string{{"shop-example-com", "Shop-Example-com"}, {"a/b", "a\\b"}, {"a=2Fb", "a/b"}, {"'", "''"}, {strings.Repeat("x", 201), strings.Repeat("x", 202)}, {"\x00", "?#"}, {"==", "="}} {
		f.Add(names[0], names[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, name := range []string{a, b} {
			for _, key := range []string{recordKey(name), itemKey("claim", name), escape(name)} {
				if len(key) > 1024 || strings.Trim(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ|=._-") != "" {
					t.Fatalf("%q has the key %q", name, key)
				}
			}
			if validID(name) && (len(name) != 32 || strings.ContainsAny(name, "'/\\ ")) {
				t.Fatalf("%q counts as an id", name)
			}
		}
		if a != b && escape(a) == escape(b) {
			t.Fatalf("%q and %q share the key %q", a, b, escape(a))
		}
	})
}
