package pubsubsim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"certgate/localstack/process"
	"certgate/localstack/process/processtest"
	"certgate/localstack/pubsubsim"
)

// The simulator is held to what Microsoft's own clients take: one listens, one sends.
func TestMicrosoftsClientsListenAndSend(t *testing.T) {
	t.Parallel()
	if os.Getenv("CERTGATE_AZURECLIENTS") != "1" {
		t.Skip("make azureclients installs them")
	}
	_, err := process.Locate("localstack/azureclients/node_modules/@azure/web-pubsub-client/package.json")
	processtest.RequireTools(t, err)
	script, err := process.Locate("localstack/azureclients/listen.js")
	processtest.RequireTools(t, err)
	node, err := process.Program("node")
	processtest.RequireTools(t, err)
	sim := pubsubsim.New(pubsubsim.Options{Host: "certgate.webpubsub.azure.com"})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	program := exec.CommandContext(t.Context(), node, script, server.URL, address(t, server))
	program.Dir = filepath.Dir(script)
	out, err := program.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const want = `connected "ann"
refused "Forbidden"
heard ["instance.a",{"n":1},1]
heard ["instance.a",{"n":2},2]
`
	if string(out) != want {
		t.Errorf("they say\n%s\nwant\n%s", out, want)
	}
}

// address is one at which ann hears of an instance.
func address(t *testing.T, server *httptest.Server) string {
	t.Helper()
	query := url.Values{"userId": {"ann"}, "group": {"instance.a"}, "api-version": {"2024-12-01"}}
	reply, err := http.Post(server.URL+"/api/hubs/certgate/:generateToken?"+query.Encode(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var body struct{ Token string }
	if err := json.NewDecoder(reply.Body).Decode(&body); err != nil || reply.StatusCode != http.StatusOK {
		t.Fatal(reply.Status, err)
	}
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/client/hubs/certgate?access_token=" + body.Token
}
