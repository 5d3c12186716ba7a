package dnsapis

import (
	"net/http"

	"github.com/miekg/dns"

	"certgate/localstack/dnssim"
)

// Webhook plays an operator's service behind the contract of lego's httpreq.
func Webhook(w *dnssim.World, username, password string) http.Handler {
	change := func(add bool) http.HandlerFunc {
		return func(out http.ResponseWriter, r *http.Request) {
			if u, p, _ := r.BasicAuth(); u != username || p != password {
				out.WriteHeader(http.StatusUnauthorized)
				return
			}
			var in struct{ FQDN, Value string }
			if !read(out, r, &in) {
				return
			}
			for _, z := range w.Zones() {
				if dns.IsSubDomain(z.Name, in.FQDN) {
					if add {
						z.ChangeTXT(in.FQDN, 60, []string{in.Value}, nil)
					} else {
						z.ChangeTXT(in.FQDN, 60, nil, []string{in.Value})
					}
					return
				}
			}
			answer(out, http.StatusNotFound, object{"message": "no zone for " + in.FQDN})
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /present", change(true))
	mux.HandleFunc("POST /cleanup", change(false))
	return mux
}
