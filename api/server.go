// Package api is the HTTP side of certgate: what callers of /api see. Requests
// are checked in full before anything is stored; every error is a Problem.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/live"
	"certgate/internal/principal"
)

// Engine starts and steers instances.
type Engine interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
	Terminate(ctx context.Context, id, reason string) error
	Raise(ctx context.Context, id, name string) error
}

// Instances reads them back.
type Instances interface {
	Load(ctx context.Context, id string) (*durable.Instance, error)
	History(ctx context.Context, id string) ([]durable.Event, error)
	durable.Archive
}

// Config is what the API is made of.
type Config struct {
	Engine        Engine
	Instances     Instances
	Checks        []Check           // what GET /api/health looks at
	SignIn        *principal.SignIn // nil lets nobody in
	SiteRoles     []SiteRole        // of people on the site, by their claims; without any, POST /api/GetRoles answers nobody
	Addresses     Addresses         // where replies point
	Notifications Notifications     // nil for none
	Certificates  Certificates
	Listeners     Listeners
	Importer      Importer // takes uploaded certificates
	Preflight     Preflight
	Issuers       Issuers        // nil for none
	Gateways      Gateways       // nil for the default one alone
	Zones         Zones          // at DNS providers; nil for none
	Validation    Validation     // how hostnames are proved
	Metrics       http.Handler   // the figures of GET /api/metrics; nil for none
	Version       string         // of the program, for GET /api/health
	Listening     Listening      // addresses of Web PubSub; nil for none
	Watchers      *live.Watchers // who follows instances by events; nil for nobody
	Log           *slog.Logger
}

type server struct {
	engine        Engine
	instances     Instances
	health        *health
	signIn        *principal.SignIn
	siteRoles     []SiteRole
	addresses     Addresses
	notifications Notifications
	certificates  Certificates
	surveyed      Listeners
	importer      Importer
	preflight     Preflight
	issuers       Issuers
	gateways      Gateways
	zones         Zones
	validation    Validation
	metrics       http.Handler
	watchers      *live.Watchers
	listening     Listening
	log           *slog.Logger
}

// New returns the handler of everything below /api.
func New(c Config) http.Handler {
	if c.SignIn == nil {
		c.SignIn = principal.New(principal.Config{})
	}
	routes := (&server{engine: attributed{c.Engine}, instances: c.Instances, health: newHealth(c.Checks, c.Version), signIn: c.SignIn, siteRoles: c.SiteRoles, addresses: c.Addresses, notifications: c.Notifications, certificates: c.Certificates, surveyed: c.Listeners, importer: c.Importer, preflight: c.Preflight, issuers: c.Issuers, gateways: c.Gateways, zones: c.Zones, validation: c.Validation, metrics: c.Metrics, watchers: c.Watchers, listening: c.Listening, log: c.Log}).router()
	return tableOf(routes).routed(routes)
}

// Routes lists every route as "METHOD /path", for the description's test.
func Routes() ([]string, error) {
	var routes []string
	err := chi.Walk((&server{}).router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes = append(routes, method+" "+route)
		return nil
	})
	return routes, err
}

func (s *server) router() chi.Router {
	r := chi.NewRouter()
	r.NotFound(s.handle(func(http.ResponseWriter, *http.Request) error {
		return nothingHere()
	}))
	r.MethodNotAllowed(s.handle(func(w http.ResponseWriter, req *http.Request) error {
		methods, _, ok := tableOf(r).match(asRouted(req))
		if !ok { // the router does not look for an address if it does not know the method
			return nothingHere()
		}
		w.Header().Set("Allow", strings.Join(methods, ", "))
		return problem(CodeMethodNotAllowed, "This address does not take "+req.Method+".", "GET /api/openapi.json lists what it takes.")
	}))
	r.Route("/api", func(r chi.Router) {
		r.Use(s.signedIn)
		r.Get("/health", s.handle(s.getHealth))
		r.Get("/openapi.json", s.handle(takes(getOpenAPI)))
		r.Get("/me", s.handle(takes(s.getMe)))
		r.Get("/preflight", s.handle(takes(s.getPreflight, "hostname", "validation", "dnsAccount")))
		r.Post("/preflight", s.handle(takes(s.preflightHostnames)))
		r.Post("/GetRoles", s.handle(s.getRoles)) // whose query is the platform's to choose
		r.Post("/live", s.handle(takes(s.listen)))
		r.Get("/metrics", s.handle(takes(s.getMetrics)))

		r.Post("/AddCertificateFunctions_HttpStart", s.handle(takes(s.addCertificate)))
		r.Post("/AddMultipleCertificatesFunctions_HttpStart", s.handle(takes(s.addMultiple)))
		r.Post("/AddSanCertificateFunctions_HttpStart", s.handle(takes(s.addSanCertificate)))
		r.Post("/AddCertificateWithPrivateKeyFunctions_HttpStart", s.handle(takes(s.importCertificate)))
		r.Post("/ImportCertificateFunctions_HttpStart", s.handle(takes(s.importCertificate)))

		r.Get("/issuers", s.handle(takes(s.getIssuers)))
		r.Get("/gateways", s.handle(takes(s.getGateways)))
		r.Get("/dns/zones", s.handle(takes(s.getZones)))
		r.Get("/hostnames/{hostname}", s.handle(takes(s.getHostname)))
		r.Get("/hostnames/{hostname}/look", s.handle(takes(s.lookAtHostname, "gateway")))

		r.Post("/notifications/test", s.handle(s.only(principal.Admin, takes(s.testNotifications))))

		r.Get("/certificates", s.handle(takes(s.listCertificates, "top", "search", "sort", "state", "format")))
		r.Post("/certificates", s.handle(takes(s.addCertificates)))
		r.Get("/certificates/{name}", s.handle(takes(s.getCertificate)))
		r.Put("/certificates/{name}", s.handle(takes(s.putCertificate)))
		r.Get("/certificates/{name}/documents", s.handle(takes(s.getDocuments, "target")))
		r.Delete("/certificates/{name}", s.handle(takes(s.retireCertificate, "revoke")))
		r.Post("/certificates/{name}/renew", s.handle(takes(s.renewCertificate)))
		r.Post("/certificates/{name}/revoke", s.handle(s.only(principal.Admin, takes(s.revokeCertificate))))

		r.Get("/listeners", s.handle(takes(s.listListeners, "state", "renewedBy", "search", "sort", "top", "format")))
		r.Get("/listeners/{name}", s.handle(takes(s.getListener, "gateway", "kind")))
		r.Post("/listeners/{name}/unpin", s.handle(s.only(principal.Admin, takes(s.unpinListener))))
		r.Post("/listeners/{name}/giveBack", s.handle(s.only(principal.Admin, takes(s.giveBackListener))))
		r.Post("/takeovers", s.handle(takes(s.takeOver)))

		// The Durable Functions HTTP API, below our own prefix.
		r.Get("/instances", s.handle(takes(s.listInstances, "runtimeStatus", "createdTimeFrom", "createdTimeTo", "top", "showInput")))
		r.Delete("/instances", s.handle(takes(s.purgeInstances, "runtimeStatus", "createdTimeFrom", "createdTimeTo")))
		r.Get("/instances/{id}", s.handle(takes(s.getInstance, "showHistory", "showInput", "showOutput", "showHistoryOutput", "returnInternalServerErrorOnFailure")))
		r.Get("/instances/{id}/events", s.handle(takes(s.getEvents)))
		r.Get("/instances/{id}/children", s.handle(takes(s.getChildren, "tell")))
		r.Delete("/instances/{id}", s.handle(takes(s.purgeInstance)))
		r.Post("/instances/{id}/terminate", s.handle(s.only(principal.Admin, takes(s.terminateInstance, "reason"))))
		r.Post("/instances/{id}/raiseEvent/{event}", s.handle(takes(s.raiseEvent)))
	})
	return r
}

func nothingHere() *Problem {
	return problem(CodeRouteNotFound, "There is nothing at this address.", "GET /api/openapi.json lists what there is.")
}

// handle writes the error that a handler returns.
func (s *server) handle(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			writeError(w, r, s.log, err)
		}
	}
}
