package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
)

// Who listens at the address of POST /api/live hears of an instance until it has ended,
// and the log has neither the address nor its token.
func TestAListenerHearsAnInstanceThroughWebPubSub(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Env: []string{"WebPubSubEndpoint=" + localstack.PubSubEndpoint}})
	service := httptest.NewServer(w.PubSub)
	t.Cleanup(service.Close)
	code, body := w.Call(http.MethodPost, "/api/live", `{}`)
	var live struct{ URL, Protocol, Group string }
	must(t, json.Unmarshal(body, &live))
	address, found := strings.CutPrefix(live.URL, "wss://certgate-local.webpubsub.azure.com/")
	if code != http.StatusOK || !found || live.Group != "instances" {
		t.Fatalf("%d %s", code, body)
	}
	conn, _, err := websocket.Dial(t.Context(), service.URL+"/"+address, &websocket.DialOptions{Subprotocols: []string{live.Protocol}})
	must(t, err)
	defer conn.CloseNow()
	id := w.Request("shop.example.test")
	heard := 0
	for ended := false; !ended; {
		var message struct {
			Type string
			Data struct{ InstanceID, RuntimeStatus string }
		}
		must(t, wsjson.Read(t.Context(), conn, &message))
		if message.Type != "message" || message.Data.InstanceID != id {
			continue
		}
		heard++
		ended = message.Data.RuntimeStatus == "Completed"
	}
	if heard < 2 {
		t.Errorf("it heard %d changes", heard)
	}
}
