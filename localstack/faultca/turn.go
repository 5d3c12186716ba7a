package faultca

import "net/http"

// turn lets one request about orders, authorizations and challenges in to Pebble at a
// time. Pebble takes the locks of an order and of its authorizations in both orders,
// and keeps its store locked meanwhile: with a hundred hostnames on a busy machine two
// requests can wait for each other, and then everything waits for ever.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// inTurn are the endpoints that take those locks.
var inTurn = map[Endpoint]bool{NewOrder: true, Order: true, Finalize: true, Authorization: true, Challenge: true}

func (t turn) guard(ca http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !inTurn[EndpointOf(r)] {
			ca.ServeHTTP(w, r)
			return
		}
		select {
		case t <- struct{}{}:
			defer func() { <-t }()
			ca.ServeHTTP(w, r)
		case <-r.Context().Done(): // the client went away: nothing was asked
		}
	})
}
