package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The same input is the same bytes, whenever it is packed, and the handler can be
// started.
func TestAPackageIsTheSameBytesEachTime(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(dest, 0o755); err != nil {
		t.Fatal(err)
	}
	var packed [][]byte
	for _, name := range []string{"one.zip", "two.zip"} {
		// Written anew, so the files have other times.
		if err := os.WriteFile(filepath.Join(dest, "handler"), []byte("program"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := pack(name, []entry{{to: "handler", mode: 0o755}}); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, raw)
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("two packages of one input differ")
	}
	z, err := zip.NewReader(bytes.NewReader(packed[0]), int64(len(packed[0])))
	if err != nil {
		t.Fatal(err)
	}
	f := z.File[0]
	if f.Mode().Perm() != 0o755 || f.Modified.UTC() != always {
		t.Errorf("mode %v, date %v", f.Mode(), f.Modified)
	}
}

func TestADevelopersSettingsOutliveABuild(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Join(dest, "RunStep"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ownSettings, "handler", "RunStep/function.json"} {
		if err := os.WriteFile(filepath.Join(dest, name), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := emptied(dest); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dest)
	if err != nil || len(left) != 1 || left[0].Name() != ownSettings {
		t.Errorf("left are %v, %v", left, err)
	}
}
