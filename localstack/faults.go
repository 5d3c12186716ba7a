package localstack

import (
	"net/http"

	"certgate/localstack/fault"
	"certgate/localstack/vaultsim"
)

// DenyVault lets a test refuse calls to the vault; nil takes it away.
func (s *Stack) DenyVault(deny func(method, path string) (vaultsim.Refusal, bool)) {
	s.vaultDeny.Store(&deny)
}

// SetAzureFaults lets a test go wrong on purpose in place of the vault and of
// Resource Manager, request by request; nil takes it away. The identity endpoint
// is left alone.
func (s *Stack) SetAzureFaults(h fault.Hook) { s.azure.SetHook(h) }

// OverrideChallenge lets a test answer requests for validation files in the
// gateway's place: answer returns true when it has. nil takes it away.
func (s *Stack) OverrideChallenge(answer func(http.ResponseWriter, *http.Request) bool) {
	s.challenge.Store(&answer)
}
