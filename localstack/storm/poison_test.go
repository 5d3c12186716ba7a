package storm

import (
	"encoding/base64"
	"testing"
)

func TestPoisonExplainsTheInstancesItHitAndThoseThatWaitForTheGatewaysWriter(t *testing.T) {
	t.Parallel()
	put := func(message string) []byte {
		return []byte("<QueueMessage><MessageText>" + base64.StdEncoding.EncodeToString([]byte(message)) + "</MessageText></QueueMessage>")
	}
	const crashed = "Step ApplyGatewayChangesStep got no answer although its message was delivered again and again."
	p := newPoison()
	p.message(put(`{"instance":"1a","step":"CheckAcmeOrderStep","seq":4}`))
	p.message([]byte("not a message"))
	if !p.failed("1a", "Step CheckAcmeOrderStep got no answer") || p.failed("2b", "Step CheckAcmeOrderStep got no answer") || p.failed("2b", crashed) {
		t.Error("poison of one instance must explain its failure and no other")
	}
	p.message(put(`{"instance":"3c","step":"ApplyGatewayChangesStep","seq":2}`))
	if !p.failed("2b", crashed) || p.failed("2b", "Step CheckAcmeOrderStep got no answer") {
		t.Error("poison of the writer must explain the failures with its message and no other")
	}
}
