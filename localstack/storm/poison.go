package storm

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"sync"
)

// poison knows which instances had a message in the poison queue, because the
// storm sent it there or because five deliveries met a kill.
type poison struct {
	mu        sync.Mutex
	instances map[string]bool
	lane      bool // the gateway's one writer was among them
}

func newPoison() *poison { return &poison{instances: map[string]bool{}} }

// laneSteps are the steps of the gateway's one writer. When it fails, so does
// every instance that waits for it, with its message.
var laneSteps = []string{"ApplyGatewayChangesStep", "AwaitGatewayUpdateStep"}

// message takes note of the body of a request that puts a message into the poison
// queue.
func (p *poison) message(body []byte) {
	var put struct {
		Text string `xml:"MessageText"`
	}
	var m struct{ Instance, Step string }
	if xml.Unmarshal(body, &put) != nil {
		return
	}
	text, err := base64.StdEncoding.DecodeString(put.Text)
	if err != nil || json.Unmarshal(text, &m) != nil {
		return // not one of certgate's: it says so itself
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instances[m.Instance] = true
	p.lane = p.lane || slices.Contains(laneSteps, m.Step)
}

// failed reports whether poison explains that an instance failed with a message.
func (p *poison) failed(instance, message string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.instances[instance] || p.lane && slices.ContainsFunc(laneSteps, func(step string) bool { return strings.Contains(message, step) })
}
