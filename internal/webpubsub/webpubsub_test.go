package webpubsub_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"certgate/internal/webpubsub"
	"certgate/localstack/identitysim"
	"certgate/localstack/pubsubsim"
)

type identity struct {
	tokens   *identitysim.Server
	audience string
}

func (i identity) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: i.tokens.Token(strings.TrimSuffix(o.Scopes[0], "/.default") + i.audience), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// world is the service with a client of it, whose tokens are good unless said otherwise.
func world(t *testing.T, other string) (*webpubsub.Client, *pubsubsim.Server, *httptest.Server) {
	t.Helper()
	tokens := identitysim.New(identitysim.Options{})
	sim := pubsubsim.New(pubsubsim.Options{Tokens: tokens, Host: "certgate.webpubsub.azure.com"})
	server := httptest.NewTLSServer(sim)
	t.Cleanup(server.Close)
	return webpubsub.New(webpubsub.Config{Endpoint: server.URL, Hub: "certgate", Credential: identity{tokens, other}, Transport: server.Client()}), sim, server
}

func listen(t *testing.T, server *httptest.Server, address string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{HTTPClient: server.Client(), Subprotocols: []string{"json.webpubsub.azure.v1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return conn
}

func hear(t *testing.T, conn *websocket.Conn) (message map[string]any) {
	t.Helper()
	if err := wsjson.Read(t.Context(), conn, &message); err != nil {
		t.Fatal(err)
	}
	return message
}

func TestAListenerHearsItsGroupAndMayDoNothingElse(t *testing.T) {
	t.Parallel()
	client, _, server := world(t, "")
	address, _, err := client.Listener(t.Context(), "ann@example.com", "instance.a/b")
	if err != nil {
		t.Fatal(err)
	}
	conn := listen(t, server, address)
	if m := hear(t, conn); m["event"] != "connected" || m["userId"] != "ann@example.com" {
		t.Errorf("connected as %v", m)
	}
	for _, group := range []string{"instances", "instance.a/b"} {
		if err := client.Send(t.Context(), group, []byte(`{"group":"`+group+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if m := hear(t, conn); m["group"] != "instance.a/b" || m["data"].(map[string]any)["group"] != "instance.a/b" {
		t.Errorf("heard %v", m)
	}
	for _, does := range []string{"joinGroup", "sendToGroup"} {
		if err := wsjson.Write(t.Context(), conn, map[string]any{"type": does, "group": "instances", "ackId": 1, "dataType": "json", "data": 1}); err != nil {
			t.Fatal(err)
		}
		if m := hear(t, conn); m["success"] != false {
			t.Errorf("%s: %v", does, m)
		}
	}
}

func TestARefusalNamesTheRoleAndNoSecret(t *testing.T) {
	t.Parallel()
	client, _, server := world(t, ".example.com")
	_, _, err := client.Listener(t.Context(), "ann@example.com", "instances")
	if err == nil || !strings.Contains(err.Error(), "Web PubSub Service Owner") || strings.Contains(err.Error(), "ann@") {
		t.Error(err)
	}
	if err := client.Send(t.Context(), "instances", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "401") {
		t.Error(err)
	}
	server.Close()
	if _, _, err = client.Listener(t.Context(), "ann@example.com", "instances"); err == nil || strings.Contains(err.Error(), "ann") {
		t.Errorf("of a service that is away: %v", err)
	}
}

func TestAServiceThatIsDownIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	client, sim, _ := world(t, "")
	sim.SetDown(true)
	if err := client.Send(t.Context(), "instances", []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "503") {
		t.Error(err)
	}
}

func TestOnlyATokenOfTheServiceOpensASocket(t *testing.T) {
	t.Parallel()
	_, _, server := world(t, "")
	for _, address := range []string{"/client/hubs/certgate", "/client/hubs/certgate?access_token=x"} {
		_, reply, err := websocket.Dial(t.Context(), server.URL+address, &websocket.DialOptions{HTTPClient: server.Client(), Subprotocols: []string{"json.webpubsub.azure.v1"}})
		if err == nil || reply.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v", address, err)
		}
	}
}
