package api

import "net/http"

// getMetrics answers in the Prometheus text format.
func (s *server) getMetrics(w http.ResponseWriter, r *http.Request) error {
	if s.metrics == nil {
		return problem(CodeRouteNotFound, "This installation has no metrics.", "GET /api/openapi.json lists what there is.")
	}
	s.metrics.ServeHTTP(w, r)
	return nil
}
