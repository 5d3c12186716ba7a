// Package appgatewaytest serves one Application Gateway over HTTP as Azure
// Resource Manager does: the raw document, ETags, updates that take a while, get
// superseded or are refused when they are nearly over. It is for tests.
package appgatewaytest

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

//go:embed gateway.json
var gateway []byte

// Gateway is the document that a Server starts with: a gateway with listeners
// made by hand and members that no release of certgate knows.
func Gateway() []byte { return append([]byte(nil), gateway...) }

// ID is the resource id of the gateway; its parts are "sub", "rg" and "gw".
const ID = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"

// Server is the ARM endpoint. The exported fields script its behaviour; set them
// before it is used, or with Script.
type Server struct {
	// Polls is how many polls of an update are answered InProgress.
	Polls int
	// BrokenSecrets are secret ids that the gateway cannot read: an update of a
	// document with one of them fails in the end, naming it.
	BrokenSecrets []string
	// RefusedHosts are hostnames that no update may have, for a reason that names
	// nothing; at once with status 400, or in the end of the operation.
	RefusedHosts []string
	AtOnce       bool
	// Statuses answer the next writes, one each; 0 lets a write through.
	Statuses []int
	// IgnoreETag accepts a write of an outdated document.
	IgnoreETag bool
	// Undo is how many updates another tool undoes when they have just succeeded,
	// because it had read the gateway before them.
	Undo int
	// RetryAfter is what the service asks for between two looks, in seconds.
	RetryAfter int
	// RuleSets are the OWASP rule sets of firewall policies, by name.
	RuleSets map[string]string
	// PublicIPs are the addresses of public IP resources, by name; "" is not allocated.
	PublicIPs map[string]string

	url  string
	mu   sync.Mutex
	doc  []byte
	tag  int
	ops  []*operation
	puts [][]byte
	seen []string
}

// Start serves until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{doc: Gateway(), tag: 1, PublicIPs: map[string]string{"gw-ip": "192.0.2.10"}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// URL is where it listens.
func (s *Server) URL() string { return s.url }

// Options lead the unchanged SDK to the server.
func (s *Server) Options() arm.ClientOptions {
	return arm.ClientOptions{ClientOptions: policy.ClientOptions{
		InsecureAllowCredentialWithHTTP: true,
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: s.url, Audience: "https://management.azure.com"},
		}},
	}}
}

// Script changes the behaviour while the server runs.
func (s *Server) Script(change func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// Document is the gateway as it is now.
func (s *Server) Document() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.doc...)
}

// Writes are the documents of all accepted and refused writes, oldest first.
func (s *Server) Writes() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]byte(nil), s.puts...)
}

// Requests are method and path of every call, oldest first.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// Foreign writes the gateway as another tool does: a running update is
// superseded, and what the tool had not read is lost.
func (s *Server) Foreign(doc []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.supersede()
	s.store(doc)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, r.Method+" "+r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("Authorization") == "" || r.URL.Query().Get("api-version") == "" {
		problem(w, http.StatusUnauthorized, "AuthenticationFailed", "no token or no api-version")
		return
	}
	switch path := r.URL.Path; {
	case strings.EqualFold(path, ID) && r.Method == http.MethodGet:
		w.Write(s.shown())
	case strings.EqualFold(path, ID) && r.Method == http.MethodPut:
		s.write(w, r)
	case strings.HasPrefix(path, "/operations/"):
		s.poll(w, strings.TrimPrefix(path, "/operations/"))
	case strings.Contains(path, "FirewallPolicies/") && s.RuleSets[path[strings.LastIndexByte(path, '/')+1:]] != "":
		json.NewEncoder(w).Encode(map[string]any{"properties": map[string]any{"managedRules": map[string]any{"managedRuleSets": []map[string]string{
			{"ruleSetType": "OWASP", "ruleSetVersion": s.RuleSets[path[strings.LastIndexByte(path, '/')+1:]]}}}}})
	case strings.Contains(path, "/publicIPAddresses/"):
		s.publicIP(w, path[strings.LastIndexByte(path, '/')+1:])
	default:
		problem(w, http.StatusNotFound, "ResourceNotFound", "The resource "+path+" was not found.")
	}
}

func (s *Server) publicIP(w http.ResponseWriter, name string) {
	address, ok := s.PublicIPs[name]
	if !ok {
		problem(w, http.StatusNotFound, "ResourceNotFound", "The public IP was not found.")
		return
	}
	properties := map[string]any{"publicIPAllocationMethod": "Static"}
	if address != "" {
		properties["ipAddress"] = address
	}
	json.NewEncoder(w).Encode(map[string]any{"name": name, "properties": properties})
}

func problem(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": code, "message": message}})
}
