package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/principal"
)

const (
	addOne  = "/api/AddCertificateFunctions_HttpStart"
	addMany = "/api/AddMultipleCertificatesFunctions_HttpStart"
)

func head(path string, more ...string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: app.example.net\r\n" + principal.Header + ": " + operator + "\r\n" + strings.Join(more, "")
}

// wantProblem holds the answer to a POST.
func wantProblem(t *testing.T, path string, resp *http.Response, body string, status int, code string) {
	t.Helper()
	apitest.Check(t, http.MethodPost, path, resp.StatusCode, resp.Header, []byte(body))
	var p api.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil || resp.StatusCode != status || p.Code != code || p.Fix == "" || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s %s, want %d %s with the fix", resp.StatusCode, resp.Header.Get("Content-Type"), body, status, code)
	}
}

func TestEveryLimitOfTheServerIsSet(t *testing.T) {
	t.Parallel()
	s := newServer(http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("%+v", s)
	}
	if s.WriteTimeout < 5*time.Minute {
		t.Errorf("a step that takes as long as functionTimeout allows could not answer after %s", s.WriteTimeout)
	}
}

func TestABodyThatIsTooLongIsRefusedHoweverItsLengthIsSaid(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	for path, limit := range map[string]int{addOne: 1 << 20, addMany: 1 << 20, "/api/certificates": 1 << 20, "/api/ImportCertificateFunctions_HttpStart": 256 << 10} {
		for name, header := range map[string]string{"said": fmt.Sprintf("Content-Length: %d\r\n\r\n", limit+1), "chunked": "Transfer-Encoding: chunked\r\n\r\n"} {
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				conn := o.dial()
				go func() { // the server stops reading, so this may fail
					io.WriteString(conn, head(path, header))
					if name == "said" {
						conn.Write(bytes.Repeat([]byte{' '}, limit+1))
						return
					}
					for range 100 * limit / 4096 { // a hundred times as much as is allowed
						if _, err := fmt.Fprintf(conn, "1000\r\n%s\r\n", strings.Repeat(" ", 4096)); err != nil {
							return
						}
					}
				}()
				resp, body := o.answer(conn)
				wantProblem(t, path, resp, body, http.StatusRequestEntityTooLarge, api.CodeBodyTooLarge)
				if !resp.Close {
					t.Error("the connection stays open, so the rest would be read")
				}
			})
		}
	}
}

func TestWhoSendsSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	o := newOutside(t, func(s *http.Server) { s.ReadHeaderTimeout, s.ReadTimeout = 300*time.Millisecond, time.Second })
	for name, sent := range map[string]string{
		"nothing":         "",
		"half a line":     "POST /api",
		"endless headers": head(addOne, "X-Slow: 1\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := o.dial()
			io.WriteString(conn, sent)
			// The connection ends, with or without a word.
			if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "i/o timeout") {
				t.Errorf("the server still waits: %v", err)
			}
		})
	}
	t.Run("a body that stops", func(t *testing.T) {
		t.Parallel()
		conn := o.dial()
		io.WriteString(conn, head(addOne, "Content-Length: 100\r\n\r\n{"))
		resp, body := o.answer(conn)
		wantProblem(t, addOne, resp, body, http.StatusBadRequest, api.CodeBodyNotJSON)
		if n := len(o.instances()); n != 0 {
			t.Errorf("%d instances", n)
		}
	})
}

func TestAMalformedChunkIsABadRequest(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	for name, chunks := range map[string]string{
		"no number": "zz\r\n{}\r\n0\r\n\r\n", "longer than it says": "1\r\n{}\r\n0\r\n\r\n", "a negative one": "-2\r\n{}\r\n0\r\n\r\n", "too large a number": strings.Repeat("f", 17) + "\r\n{}\r\n0\r\n\r\n",
	} {
		for _, path := range []string{addOne, "/api/preflight", "/api/ImportCertificateFunctions_HttpStart"} {
			resp, body := o.raw(head(path, "Transfer-Encoding: chunked\r\n\r\n", chunks))
			if wantProblem(t, path, resp, body, http.StatusBadRequest, api.CodeBodyNotJSON); !resp.Close {
				t.Errorf("%s: the connection stays open, and nobody knows where the next request begins", name)
			}
		}
	}
}

func TestHeadersThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	for name, header := range map[string]string{
		"one":  "X-Long: " + strings.Repeat("x", 128<<10) + "\r\n",
		"many": strings.Repeat("X-Many: x\r\n", 16<<10),
	} {
		conn := o.dial()
		go io.WriteString(conn, head(addOne, header, "\r\n"))
		if resp, _ := o.answer(conn); resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	resp, body := o.raw("GET /api/instances?runtimeStatus=" + strings.Repeat("x", 50<<10) + " HTTP/1.1\r\nHost: a\r\n" + principal.Header + ": " + operator + "\r\n\r\n")
	if wantProblem(t, "/api/certificates", resp, body, http.StatusBadRequest, api.CodeQueryNotValid); len(body) > 2<<10 {
		t.Errorf("the reply repeats %d bytes", len(body))
	}
}

// Where two readers could differ about where a request ends, none is read.
func TestAmbiguousLengthsAreRefused(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	for name, header := range map[string]string{
		"two lengths":           "Content-Length: 5\r\nContent-Length: 6\r\n",
		"a negative length":     "Content-Length: -1\r\n",
		"a length with a sign":  "Content-Length: +5\r\n",
		"an unknown encoding":   "Transfer-Encoding: xchunked\r\n",
		"an encoding twice":     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"a folded header":       "X-A: b\r\n c: d\r\nContent-Length : 5\r\n",
		"a name with a newline": "X-A\nContent-Length: 5\r\n",
	} {
		resp, _ := o.raw(head(addOne, header, "\r\n{}xyz"))
		if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusNotImplemented || !resp.Close {
			t.Errorf("%s: %d, closes %v", name, resp.StatusCode, resp.Close)
		}
	}
}

func TestManyStartsAtOnceMakeOneInstanceForEachSetOfHostnames(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	const callers = 40
	ids := make([]sync.Map, 3)
	var failed atomic.Int32
	var all sync.WaitGroup
	start := func(set int, path, body string) {
		all.Go(func() {
			status, reply, err := o.post(path, strings.NewReader(body))
			var started struct{ ID string }
			if err != nil || status != http.StatusAccepted || json.Unmarshal([]byte(reply), &started) != nil {
				failed.Add(1)
				t.Errorf("%d %s %v", status, reply, err)
				return
			}
			ids[set].Store(started.ID, true)
		})
	}
	for n := range callers {
		start(0, addOne, `{"hostnames":[{"hostname":"`+[]string{"shop.example.com", "SHOP.example.com.", "ｓhop.example.com"}[n%3]+`"}]}`)
		start(1, addMany, `{"hostnames":[`+[]string{`{"hostname":"a.example.com"},{"hostname":"b.example.com"}`, `{"hostname":"B.example.com"},{"hostname":"a.example.com"},{"hostname":"b.example.com."}`}[n%2]+`]}`)
		start(2, addOne, fmt.Sprintf(`{"hostnames":[{"hostname":"h%d.example.com"}]}`, n))
	}
	all.Wait()
	for set, want := range []int{1, 1, callers} {
		got := 0
		ids[set].Range(func(_, _ any) bool { got++; return true })
		if got != want {
			t.Errorf("set %d: %d ids, want %d", set, got, want)
		}
	}
	if n := len(o.instances()); n != callers+2 {
		t.Errorf("%d instances are stored, want %d", n, callers+2)
	}
}

// A hundred callers, as many as host.json lets through, who all send the longest
// body that is read and then wait, hold no more than that.
func TestAHundredSlowUploadsHoldBoundedMemory(t *testing.T) {
	o := newOutside(t, nil)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const callers, size = 100, 1<<20 - 1
	var sent sync.WaitGroup
	for range callers {
		conn := o.dial()
		sent.Go(func() {
			io.WriteString(conn, head(addOne, fmt.Sprintf("Content-Length: %d\r\n\r\n", size+1)))
			w := bufio.NewWriter(conn)
			for range size / 4096 {
				w.WriteString(strings.Repeat(" ", 4096))
			}
			w.Flush()
		})
	}
	sent.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > callers*8<<20 {
		t.Errorf("%d callers hold %d MiB", callers, held>>20)
	} else {
		t.Logf("%d callers hold %d MiB", callers, held>>20)
	}
	if status, reply, err := o.post(addOne, strings.NewReader(`{"hostnames":[{"hostname":"shop.example.com"}]}`)); err != nil || status != http.StatusAccepted {
		t.Errorf("meanwhile another caller gets %d %s %v", status, reply, err)
	}
}

func TestTheHostBoundsHowManyRequestsThereAreAtOnce(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../host.json")
	if err != nil {
		t.Fatal(err)
	}
	var host struct {
		Extensions struct {
			HTTP struct{ MaxConcurrentRequests, MaxOutstandingRequests int }
		}
	}
	if err := json.Unmarshal(raw, &host); err != nil {
		t.Fatal(err)
	}
	// 100 is what TestAHundredSlowUploadsHoldBoundedMemory measures.
	if limits := host.Extensions.HTTP; limits.MaxConcurrentRequests != 100 || limits.MaxOutstandingRequests < limits.MaxConcurrentRequests {
		t.Errorf("host.json has %+v", limits)
	}
}
