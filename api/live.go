package api

import (
	"context"
	"net/http"
	"time"

	"certgate/internal/live"
	"certgate/internal/principal"
)

// Listening gives addresses at which changes are heard; *webpubsub.Client does.
type Listening interface {
	// lasts is how long the address lets somebody connect.
	Listener(ctx context.Context, user, group string) (address string, lasts time.Duration, err error)
}

type liveReply struct {
	URL      string `json:"url"` // a secret of the caller
	Protocol string `json:"protocol"`
	Group    string `json:"group"`
	Expires  string `json:"expires"`
}

// listen gives the caller an address of Web PubSub, at which it hears of one instance or
// of all, and may do nothing else. It changes nothing, so it takes a reader.
func (s *server) listen(w http.ResponseWriter, r *http.Request) error {
	if s.listening == nil {
		return problem(CodeRouteNotFound, "This installation has no Web PubSub.", "Set WebPubSubEndpoint in the settings of the app, or ask GET /api/instances/{id} again and again.")
	}
	var in struct {
		Instance string `json:"instance"`
	}
	if err := decodeBodyOf(w, r, &in, maxBody, "Send the id of an instance only.", `{"instance":"0123"}, or {} for all`); err != nil {
		return err
	}
	group := live.AllGroup
	if in.Instance != "" {
		if _, err := s.instances.Load(r.Context(), in.Instance); err != nil {
			return err
		}
		group = live.Group(in.Instance)
	}
	asked := time.Now()
	address, lasts, err := s.listening.Listener(r.Context(), principal.FromContext(r.Context()).Name, group)
	if err != nil {
		s.log.WarnContext(r.Context(), "no address to listen at", "error", err)
		w.Header().Set("Retry-After", "30")
		return problem(CodeLiveNotAvailable, "Azure Web PubSub gave no address to listen at.", "Ask GET /api/instances/{id} again and again meanwhile. If it stays, the log has the reason: the app's identity needs the role Web PubSub Service Owner.")
	}
	writeJSON(w, http.StatusOK, liveReply{URL: address, Protocol: "json.webpubsub.azure.v1", Group: group, Expires: asked.Add(lasts).UTC().Format(timeFormat)})
	return nil
}
