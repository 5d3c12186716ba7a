package funchost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// hostVersion is what the handler sees: the version whose rules are copied.
const hostVersion = "4.1037.0.0"

// timeoutGrace is what an invocation gets on top of functionTimeout before the
// handler is killed.
const timeoutGrace = 2 * time.Second

// maxReply bounds a trigger function's reply; HttpClient buffers no more.
const maxReply = 2 << 30

// errEmptyReply is the mistake that is hardest to find on the platform: it
// hangs until functionTimeout and then kills the handler.
var errEmptyReply = errors.New("the reply is empty or null; the platform would hang until functionTimeout: always write a JSON object")

// invoker runs queue and timer functions: POST /<Name>, 2xx and a JSON object back.
type invoker struct {
	handler     *supervisor
	timeout     time.Duration // functionTimeout, 0: none
	hangOnEmpty bool
	log         *slog.Logger
}

// invoke runs the function once. Any error means that the invocation failed.
func (i *invoker) invoke(ctx context.Context, function string, p payload) error {
	id := uuid.NewString()
	log := i.log.With("function", function, "invocation", id)
	started := time.Now()
	err := i.run(ctx, log, function, id, p.body())
	if err != nil {
		log.Error("function failed", "duration", time.Since(started), "error", err)
		return err
	}
	log.Info("function succeeded", "duration", time.Since(started))
	return nil
}

func (i *invoker) run(ctx context.Context, log *slog.Logger, function, id string, body []byte) error {
	p, err := i.handler.acquire(ctx)
	if err != nil {
		return err
	}
	stop := i.guard(log)
	defer stop()

	// The length is hidden so that the body is chunked, as the platform's is.
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.address+"/"+function, io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Azure-Functions-Host/"+hostVersion)
	request.Header.Set("X-Azure-Functions-HostVersion", hostVersion)
	request.Header.Set("X-Azure-Functions-InvocationId", id)
	if wanted(ctx) {
		request.Header.Set("Expect", "100-continue")
	}
	response, err := p.invocations.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines, err := readReply(response)
	for _, line := range lines {
		log.Info(line)
	}
	if errors.Is(err, errEmptyReply) && i.hangOnEmpty {
		log.Error("function hangs", "error", err)
		select {
		case <-p.exited:
		case <-ctx.Done():
		}
	}
	return err
}

// guard kills the handler when an invocation lasts longer than functionTimeout
// and the grace after it, which fails all the others too. Call the result when
// the invocation ends.
func (i *invoker) guard(log *slog.Logger) (stop func()) {
	if i.timeout == 0 {
		return func() {}
	}
	timer := time.AfterFunc(i.timeout+timeoutGrace, func() {
		log.Error("functionTimeout is over: the handler is killed", "timeout", i.timeout)
		i.handler.recycleCurrent()
	})
	return func() { timer.Stop() }
}

// newInvocationClient follows no redirects: any answer but 2xx is a failure.
func newInvocationClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second, ExpectContinueTimeout: continueTimeout},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// excerpt is the start of a reply for the log.
func excerpt(body []byte) string {
	const limit = 300
	if len(body) > limit {
		return fmt.Sprintf("%q and %d bytes more", body[:limit], len(body)-limit)
	}
	return fmt.Sprintf("%q", body)
}
