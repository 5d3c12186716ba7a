package gatewaysim

import (
	"strings"
	"sync"
	"time"

	"certgate/localstack/armsim/gatewaydoc"
)

// health knows since when a backend can be used. The gateway probes each server
// of a pool with each of the settings that it is used with, so a known server
// under new settings starts anew.
type health struct {
	mu    sync.Mutex
	ready map[probed]time.Time
}

type probed struct{ server, settings string }

// note takes over the backends of a new document. Those of the first one are
// ready, those that come later after the start-up time; a backend that was taken
// out and comes back is new.
func (h *health) note(d *gatewaydoc.Document, now time.Time, startup time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := map[probed]time.Time{}
	see := func(poolRef, settingsRef *gatewaydoc.Ref) {
		pool := gatewaydoc.Find(d.Properties.BackendPools, poolRef)
		settings := gatewaydoc.Find(d.Properties.BackendHTTPSettings, settingsRef)
		if pool == nil || settings == nil {
			return
		}
		for _, server := range pool.Properties.Addresses {
			key := probedOf(server, settings.Name)
			ready, known := h.ready[key]
			switch {
			case known:
			case h.ready == nil:
				ready = now
			default:
				ready = now.Add(startup)
			}
			next[key] = ready
		}
	}
	for _, r := range d.Properties.Rules {
		see(r.Properties.Pool, r.Properties.Settings)
	}
	for _, m := range d.Properties.URLPathMaps {
		see(m.Properties.DefaultPool, m.Properties.DefaultSettings)
		for _, r := range m.Properties.PathRules {
			see(r.Properties.Pool, r.Properties.Settings)
		}
	}
	h.ready = next
}

// healthy are the servers that a probe has seen.
func (h *health) healthy(servers []gatewaydoc.BackendAddress, settings *gatewaydoc.Child[gatewaydoc.BackendSettings], now time.Time) []gatewaydoc.BackendAddress {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []gatewaydoc.BackendAddress
	for _, server := range servers {
		if ready, known := h.ready[probedOf(server, settings.Name)]; known && !now.Before(ready) {
			out = append(out, server)
		}
	}
	return out
}

func probedOf(server gatewaydoc.BackendAddress, settings string) probed {
	return probed{strings.ToLower(server.Host()), strings.ToLower(settings)}
}
