// Package site runs the Static Web Apps emulator: it serves the static site with
// the rules of its staticwebapp.config.json, plays the sign-in of the platform
// and passes /api on to the Functions host, as the linked backend is on Azure.
package site

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"certgate/localstack/process"
)

// Options say how to run the emulator.
type Options struct {
	// Dir gets the log file and what is loaded into the emulator. Required.
	Dir string
	// SiteDir is the folder of the site, with staticwebapp.config.json. Required.
	SiteDir string
	// APIBase is the address of the Functions host, such as
	// http://127.0.0.1:7071, which must already listen. Required.
	APIBase string
	// Host is the address to listen on; "" is 127.0.0.1.
	Host string
	// Port to listen on; 0 is a free one.
	Port int
	// Env are further variables of the emulator, such as the site's settings that its
	// configuration names.
	Env []string
	// Echo, if set, gets the log lines too.
	Echo io.Writer
	// Log is told when the emulator has ended by itself and is started again
	// (default slog.Default()).
	Log *slog.Logger
}

// Site is a running emulator.
type Site struct {
	options Options
	api     *url.URL
	node    string
	script  string
	buffer  *http.Server // between the emulator and the API

	mu      sync.Mutex
	child   *process.Process
	stop    context.CancelFunc
	watched chan struct{} // closed when the emulator is not started again any more
}

// Start runs the emulator and returns when it answers. The error is a
// *process.MissingError if the emulator or Node.js is not installed.
func Start(ctx context.Context, o Options) (*Site, error) {
	s := &Site{options: o}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("start site: %w", err)
	}
	if err := s.startBuffer(); err != nil {
		return nil, fmt.Errorf("start site: %w", err)
	}
	start := func(ports []int) error {
		s.options.Port = ports[0]
		return s.run(ctx)
	}
	var err error
	if o.Port != 0 {
		err = start([]int{o.Port})
	} else {
		err = process.OnFreePorts(1, start)
	}
	if err != nil {
		_ = s.buffer.Close()
		return nil, err
	}
	s.watch()
	return s, nil
}

var (
	//go:embed sign_in.cjs
	signInPreload []byte
	//go:embed sign_in.html
	signInPage []byte
)

// prepare finds the programs and writes what is loaded into the emulator. The
// emulator's server is run by itself: its command line starts the same script
// through a shell and leaves it running when it is asked to end.
func (s *Site) prepare() (err error) {
	if s.script, err = process.Locate("node_modules/@azure/static-web-apps-cli/dist/msha/server.js"); err != nil {
		return err
	}
	if s.node, err = process.Program("node"); err != nil {
		return err
	}
	if s.options.Dir, err = filepath.Abs(s.options.Dir); err != nil {
		return err
	}
	if s.options.SiteDir, err = filepath.Abs(s.options.SiteDir); err != nil {
		return err
	}
	if s.api, err = url.Parse(s.options.APIBase); err != nil {
		return err
	}
	if s.api.Port() == "" {
		return fmt.Errorf("API address %q has no port", s.options.APIBase)
	}
	if s.options.Log == nil {
		s.options.Log = slog.Default()
	}
	if s.options.Host == "" {
		s.options.Host = "127.0.0.1"
	}
	if err := os.MkdirAll(s.options.Dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.options.Dir, "sign_in.html"), signInPage, 0o644); err != nil {
		return err
	}
	return os.WriteFile(s.preload(), signInPreload, 0o644)
}

func (s *Site) preload() string { return filepath.Join(s.options.Dir, "sign_in.cjs") }

func (s *Site) run(ctx context.Context) error {
	child, err := process.Start(ctx, process.Spec{
		Name:        "site",
		Path:        s.node,
		Args:        []string{"--require", s.preload(), s.script},
		Ports:       []int{s.options.Port},
		Dir:         s.options.Dir,
		Env:         s.environment(os.Environ()),
		LogFile:     filepath.Join(s.options.Dir, "site.log"),
		Echo:        s.options.Echo,
		Ready:       s.answers,
		ReadyWithin: 2 * time.Minute, // 0.6 s alone; a busy machine takes a hundred times that
	})
	if err != nil {
		return fmt.Errorf("start site: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = child
	return nil
}

// environment is how the emulator takes its options, and nothing else that it
// would read. The API's wait is shorter than ReadyWithin: the emulator ends with
// code 0 when the API does not listen, and its log then says so.
func (s *Site) environment(parent []string) []string {
	var env []string
	for _, v := range parent {
		if !strings.HasPrefix(v, "SWA_") && !strings.HasPrefix(v, "NODE_OPTIONS=") {
			env = append(env, v)
		}
	}
	return append(append(env, s.options.Env...),
		"SWA_RUNTIME_CONFIG_LOCATION="+s.options.SiteDir,
		"SWA_CLI_APP_LOCATION="+s.options.SiteDir,
		"SWA_CLI_OUTPUT_LOCATION="+s.options.SiteDir,
		"SWA_CLI_API_LOCATION="+s.api.String(),
		"SWA_CLI_API_PORT="+s.api.Port(),
		"SWA_CLI_HOST="+s.options.Host,
		"SWA_CLI_PORT="+strconv.Itoa(s.options.Port),
		"SWA_CLI_APP_SSL=false",
		"SWA_CLI_OPEN_BROWSER=false",
		"SWA_CLI_DEBUG=log",
		"SWA_CLI_SERVER_TIMEOUT=20", // seconds
	)
}

// answers is nil if the emulator answers, with whatever status.
func (s *Site) answers(ctx context.Context) error {
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/.auth/me", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// URL is the address of the site, without a slash at the end.
func (s *Site) URL() string {
	return "http://" + net.JoinHostPort(s.options.Host, strconv.Itoa(s.options.Port))
}

// Stop ends the emulator for good.
func (s *Site) Stop() {
	s.stop()
	<-s.watched
	s.running().Stop()
	_ = s.buffer.Close()
}
