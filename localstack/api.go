package localstack

import (
	"fmt"

	"certgate/localstack/apiclient"
)

// API is the base URL of the app.
func (s *Stack) API() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Ports.API) }

// Client calls the API as somebody with the roles.
func (s *Stack) Client(user string, roles ...string) *apiclient.Client {
	return &apiclient.Client{Base: s.API(), Principal: apiclient.Principal(user, roles...), MasterKey: s.Host.MasterKey()}
}
