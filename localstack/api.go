package localstack

import "certgate/localstack/apiclient"

// API is the base URL of the Functions host.
func (s *Stack) API() string { return "http://" + s.Host.Addr() }

// Client calls the API as somebody with the roles.
func (s *Stack) Client(user string, roles ...string) *apiclient.Client {
	return &apiclient.Client{Base: s.API(), Principal: apiclient.Principal(user, roles...), MasterKey: s.Host.MasterKey()}
}
