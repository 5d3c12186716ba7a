package armshelf_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/localstack/armshelf"
)

// A delivery that a newer version overtakes leaves its operation alone; the next one finds
// the resource busy, and must not find it so for ever.
func TestAnOperationThatNobodyFollowsEnds(t *testing.T) {
	t.Parallel()
	const service = "/subscriptions/s/resourceGroups/g/providers/Microsoft.SignalRService/webPubSub/live"
	const path = service + "/customCertificates/shop?api-version=2024-03-01"
	shelf := armshelf.New(armshelf.Options{Secrets: newVault(t), Polls: 1})
	shelf.AddParent(service)
	body := `{"properties":{"keyVaultBaseUri":"https://vault.test/","keyVaultSecretName":"shop"}}`
	shelf.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, path, strings.NewReader(body)))
	var states []string
	for range 3 {
		reply := httptest.NewRecorder()
		shelf.ServeHTTP(reply, httptest.NewRequest(http.MethodGet, path, nil))
		for _, state := range []string{"Creating", "Succeeded"} {
			if strings.Contains(reply.Body.String(), `"provisioningState":"`+state+`"`) {
				states = append(states, state)
			}
		}
	}
	if got := strings.Join(states, " "); got != "Creating Creating Succeeded" {
		t.Errorf("looks at the resource show %s", got)
	}
}
