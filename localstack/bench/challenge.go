package bench

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"sync"

	"certgate/localstack"
)

// validationFiles are what those put at the authority's disposal who are compared
// with certgate. The gateway of the stack answers with them before it asks the
// blob container, so that Pebble validates all of them in the same way.
type validationFiles struct {
	webroot string // lego writes below it: .well-known/acme-challenge/TOKEN

	mu     sync.RWMutex
	tokens map[string]string // what the bare loop has
}

// offer makes the gateway answer with v until the returned function is called.
func (v *validationFiles) offer(stack *localstack.Stack) (end func()) {
	stack.OverrideChallenge(v.answer)
	return func() { stack.OverrideChallenge(nil) }
}

func (v *validationFiles) put(token, content string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.tokens == nil {
		v.tokens = map[string]string{}
	}
	v.tokens[token] = content
}

func (v *validationFiles) answer(w http.ResponseWriter, r *http.Request) bool {
	token := path.Base(r.URL.Path)
	v.mu.RLock()
	content, ok := v.tokens[token]
	v.mu.RUnlock()
	if !ok {
		raw, err := os.ReadFile(filepath.Join(v.webroot, ".well-known", "acme-challenge", token))
		if err != nil {
			return false
		}
		content = string(raw)
	}
	w.Write([]byte(content))
	return true
}
