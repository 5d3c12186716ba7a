package recorded

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// shapes is where a package keeps its shapes.
const shapes = "testdata/shapes"

// Committed is the shape of a recorded exchange as the package under test has
// it. Where the recording is at hand the two are compared first, and with
// CERTGATE_UPDATE=1 the shape is written.
func Committed(t testing.TB, name string) Shape {
	t.Helper()
	file := filepath.Join(shapes, name+".txt")
	if os.Getenv("CERTGATE_FIXTURES") != "" {
		x := Read(t, name)
		s, err := Of(x.Reply.Status, x.Reply.Header(), x.Reply.Body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		keep(t, file, s)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Lines(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

// keep sees to it that the file says what was recorded.
func keep(t testing.TB, file string, s Shape) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(old) == s.String() {
		return
	}
	if os.Getenv("CERTGATE_UPDATE") != "1" {
		t.Fatalf("%s is not what was recorded; CERTGATE_UPDATE=1 writes it", file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(s.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Check compares a simulator's reply with the recorded one of that name. It
// reads the body to its end, closes it, and puts it back for the caller.
func Check(t testing.TB, name string, reply *http.Response, off ...LetOff) {
	t.Helper()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	reply.Body.Close()
	reply.Body = io.NopCloser(bytes.NewReader(body))
	got, err := Of(reply.StatusCode, reply.Header, body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	left, vain := remaining(Compare(Committed(t, name), got), off)
	for _, d := range left {
		t.Errorf("%s: %s", name, d)
	}
	for _, l := range vain {
		t.Errorf("%s: %q is let off without need or reason", name, l.Path)
	}
}
