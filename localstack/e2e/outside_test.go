package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/localstacktest"
)

// Through the whole host, with the real handler behind it: nobody outside can
// call a function that is not HTTP, whatever the address looks like.
func TestNobodyOutsideReachesATriggerThroughTheHost(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	w.OverrideChallenge(answerFor("shop.example.test", http.StatusNotFound, "not yet"))
	id := w.Request("shop.example.test")
	w.Until(id, patience, func(s apiclient.Instance) bool {
		return s.CustomStatus.Status == "AnswerAcmeHttp01ChallengeStep"
	})

	message, err := json.Marshal(map[string]any{"instance": id, "step": "CreateCertificateStep", "seq": 1})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(string(message))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"Data":{"message":` + string(text) + `,"timer":{"IsPastDue":false}},"Metadata":{"DequeueCount":"9"}}`
	for _, name := range triggers(t) {
		for _, path := range []string{
			"/" + name, "//" + name, "/" + name + "/", fmt.Sprintf("/%%%02X%s", name[0], name[1:]), "/%2F" + name, "/./" + name,
			"/api/" + name, "/api//" + name, "/api/../" + name, "/api/%2e%2e/" + name, "/api/..%2f" + name, "/api/%2e%2e%2f" + name, "/api/..;/" + name, "/API/../" + name, "/api\\..\\" + name, "/api/x/../../" + name,
			"http://" + strings.TrimPrefix(w.API(), "http://") + "/" + name,
		} {
			for what, header := range map[string]string{
				"no headers": "",
				"the names of the host's marks in Connection": "Connection: X-Forwarded-Host, x-ms-invocation-id\r\n",
				"the host's own headers":                      "X-Azure-Functions-InvocationId: 1\r\nX-Azure-Functions-HostVersion: 4\r\nUser-Agent: Azure-Functions-Host/4\r\nX-Forwarded-Host:\r\n",
			} {
				status, reply := asWritten(t, w, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: app.example.net\r\n%sContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", path, header, len(body), body))
				if status < 400 || status > 499 || strings.Contains(reply, "ReturnValue") {
					t.Errorf("POST %s with %s: %d %s", path, what, status, reply)
				}
			}
		}
	}
	if s, ok := w.Status(id); !ok || s.RuntimeStatus != "Running" && s.RuntimeStatus != "Pending" || s.CustomStatus.Status != "AnswerAcmeHttp01ChallengeStep" {
		t.Errorf("the instance went on to %+v", s)
	}
	if w.Versions("shop-example-test") != 0 || w.Pending("shop-example-test") {
		t.Error("a forged message made a certificate")
	}
	w.OverrideChallenge(nil)
	completes(t, w, id)
}

// triggers are the functions that are not HTTP.
func triggers(t *testing.T) (names []string) {
	t.Helper()
	manifests, err := filepath.Glob("../../functions/*/function.json")
	if err != nil || len(manifests) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	for _, m := range manifests {
		raw, err := os.ReadFile(m)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), `"httpTrigger"`) {
			names = append(names, filepath.Base(filepath.Dir(m)))
		}
	}
	return names
}

// asWritten sends a request to the host without a client that would tidy it.
func asWritten(t *testing.T, w *localstacktest.World, request string) (status int, reply string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.API(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer to %.60q: %v", request, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}
