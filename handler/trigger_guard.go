package main

import (
	"net/http"

	"certgate/internal/invoke"
)

// hostOnly lets only calls in that begin at the Functions host. The host passes
// requests from outside on below /api alone; if one ever gets here all the same, it is
// an error that a person must see. The caller is told what any address is that is
// nobody's.
func (t triggers) hostOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := withInvocation(r.Context(), invoke.ID(r))
		if mark := invoke.Outside(r); mark != "" {
			t.log.ErrorContext(ctx, "refused an outside request to a trigger", "path", r.URL.Path, "mark", mark)
			t.figures.TriggerRefused(mark)
			t.elsewhere.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// reject answers a call whose body cannot be read. The host sends none of these.
func (t triggers) reject(w http.ResponseWriter, r *http.Request, err error) {
	t.log.ErrorContext(r.Context(), "unreadable invocation", "path", r.URL.Path, "error", err)
	t.figures.TriggerRefused("body")
	invoke.Reject(w, err)
}
