package storm

import (
	"os"
	"sync"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
)

// client calls the API as a careful program does: it repeats a call whose reply
// was lost, keeps every reply so that the audit can look for secrets in it, and
// counts what was asked for, because a repeat may start a second instance.
type client struct {
	*apiclient.Client
	replies *os.File

	mu    sync.Mutex
	posts map[string]int // by what was asked for, repeats too
}

// again is the pause before a call is repeated.
const again = 500 * time.Millisecond

// newClient sends bearer along with every call: a secret that must turn up nowhere.
func newClient(stack *localstack.Stack, bearer string, replies *os.File) *client {
	api := stack.Client("storm", "admin")
	api.Bearer, api.Repeat, api.Timeout, api.Kept = "Bearer "+bearer, again, 30*time.Second, replies
	return &client{Client: api, replies: replies, posts: map[string]int{}}
}

// counted notes each attempt of a call under what is asked for.
func (c *client) counted(what string, call apiclient.Call) apiclient.Call {
	call.Tried = func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.posts[what]++
	}
	return call
}

// postsFor is how many calls asked for something, repeats included.
func (c *client) postsFor(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.posts[what]
}
