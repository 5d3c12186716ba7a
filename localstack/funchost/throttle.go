package funchost

import "net/http"

// throttle bounds the requests to HTTP functions as extensions.http of host.json
// says: so many run at once (maxConcurrentRequests), and so many are there
// altogether, the waiting ones included (maxOutstandingRequests). Whoever comes
// then gets 429 without a body. A nil channel is no bound, the default.
type throttle struct {
	running, outstanding chan struct{}
}

// unbounded is how host.json says that there is no limit.
const unbounded = -1

func newThrottle(concurrent, outstanding int) throttle {
	var t throttle
	if concurrent != unbounded {
		t.running = make(chan struct{}, concurrent)
	}
	if outstanding != unbounded {
		t.outstanding = make(chan struct{}, outstanding)
	}
	return t
}

// readThrottle reads both numbers from host.json.
func readThrottle(config hostConfig) (throttle, error) {
	concurrent, err := config.integer("extensions.http.maxConcurrentRequests", unbounded, unbounded, 1_000_000)
	if err != nil {
		return throttle{}, err
	}
	outstanding, err := config.integer("extensions.http.maxOutstandingRequests", unbounded, unbounded, 1_000_000)
	return newThrottle(concurrent, outstanding), err
}

// admit answers the request through next when there is a place for it.
func (t throttle) admit(w http.ResponseWriter, r *http.Request, next func()) {
	if t.outstanding != nil {
		select {
		case t.outstanding <- struct{}{}:
			defer func() { <-t.outstanding }()
		default:
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
	}
	if t.running != nil {
		select {
		case t.running <- struct{}{}:
			defer func() { <-t.running }()
		case <-r.Context().Done():
			return
		}
	}
	next()
}
