package storm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"certgate/localstack/pause"
)

// intruder marks the calls of the other tool, which no fault hits: what becomes
// of its own changes must be known for certain.
const intruder = "X-Storm-Intruder"

// foreignWriter is another tool that changes the gateway: infrastructure code, a
// person in the portal. It adds entries with members that certgate does not know,
// and keeps count of them.
type foreignWriter struct {
	send  func(*http.Request) (*http.Response, error)
	url   string // of the gateway at Resource Manager
	token func() string
	plan  []Intrusion
	// waits: a Fresh write comes when the handler's is taken. Where If-Match is ignored,
	// one between the handler's read and its write would be lost, whoever wrote it.
	waits bool

	mu     sync.Mutex
	writes int // of the handler
	added  additions
	done   int // intrusions that Resource Manager took
	work   sync.WaitGroup
}

// gatewayWrite is told of each write of the handler before it happens.
func (f *foreignWriter) gatewayWrite(ctx context.Context, before object) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes++
	if len(f.plan) == 0 || f.plan[0].AtWrite > f.writes {
		return
	}
	intrusion := f.plan[0]
	f.plan = f.plan[1:]
	f.work.Go(func() {
		var err error
		switch intrusion.Manner {
		case Stale:
			err = f.undo(ctx, before)
		case Fresh:
			err = f.addToPresent(ctx, before)
		}
		if err == nil {
			f.mu.Lock()
			f.done++
			f.mu.Unlock()
		}
	})
}

// errTooLate says that the update which was to be undone was over already, so
// that the damage would not be noticed any more.
var errTooLate = errors.New("the update is over")

// undo waits for the update to begin and writes the gateway as it was before it,
// with an addition. It names the version that the update made, so that it never
// comes when the update is over: certgate would have looked already.
func (f *foreignWriter) undo(ctx context.Context, before object) error {
	etag, err := f.begun(ctx, before)
	if err != nil {
		return err
	}
	return f.write(ctx, before, etag)
}

// begun waits for the update that follows before, and returns the version it made.
func (f *foreignWriter) begun(ctx context.Context, before object) (etag string, err error) {
	for range 100 {
		now, etag, err := f.read(ctx)
		if err != nil {
			return "", err
		}
		if etag != before["etag"] {
			if properties(now)["provisioningState"] != "Updating" {
				return "", errTooLate
			}
			return etag, nil
		}
		if err := pause.For(ctx, 5*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", errTooLate // the handler's write was refused
}

// addToPresent reads the gateway a moment after the handler's write, adds and
// writes; again if another writer was faster.
func (f *foreignWriter) addToPresent(ctx context.Context, before object) error {
	if f.waits {
		if _, err := f.begun(ctx, before); err != nil {
			return err
		}
	} else if err := pause.For(ctx, 100*time.Millisecond); err != nil {
		return err
	}
	for range 10 {
		doc, etag, err := f.read(ctx)
		if err != nil {
			return err
		}
		if err := f.write(ctx, doc, etag); !errors.Is(err, errRefused) {
			return err
		}
	}
	return errRefused
}

var errRefused = errors.New("resource manager refused the foreign write")

// write adds to the document and puts it. Additions count when they are taken.
func (f *foreignWriter) write(ctx context.Context, doc object, etag string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.added.addTo(doc) // a stale document may lack what was added since
	number := len(f.added.children["backendAddressPools"])
	tag, children := invent(number, doc)
	next := additions{tags: object{}, children: map[string][]object{}}
	if tag != "" {
		next.tags[tag] = byAnother
	}
	for collection, child := range children {
		next.children[collection] = []object{child}
	}
	next.addTo(doc)
	taken, err := f.put(ctx, doc, etag)
	if err != nil {
		return err
	}
	maps.Copy(f.added.tags, next.tags)
	for collection := range next.children { // as the service shows it, ids and defaults included
		list, _ := properties(taken)[collection].([]any)
		last, ok := list[len(list)-1].(object)
		if !ok {
			return fmt.Errorf("resource manager shows no %s", collection)
		}
		f.added.children[collection] = append(f.added.children[collection], last)
	}
	return nil
}

func (f *foreignWriter) read(ctx context.Context) (doc object, etag string, err error) {
	raw, err := f.call(ctx, http.MethodGet, nil, "")
	if err != nil {
		return nil, "", err
	}
	if doc, err = decode(raw); err != nil {
		return nil, "", err
	}
	etag, _ = doc["etag"].(string)
	return doc, etag, nil
}

// put writes the document and returns it as the service shows it now.
func (f *foreignWriter) put(ctx context.Context, doc object, etag string) (object, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	if raw, err = f.call(ctx, http.MethodPut, raw, etag); err != nil {
		return nil, err
	}
	return decode(raw)
}

func (f *foreignWriter) call(ctx context.Context, method string, body []byte, etag string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, f.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.token())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(intruder, "1")
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	resp, err := f.send(req)
	if err != nil {
		return nil, fmt.Errorf("foreign %s of the gateway: %w", method, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("foreign %s of the gateway: %w", method, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("foreign %s of the gateway: status %d %s: %w", method, resp.StatusCode, raw, errRefused)
	}
	return raw, nil
}
