package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/durable"
	"certgate/internal/live"
	"certgate/internal/memstore"
	"certgate/internal/principal"
	"certgate/internal/statuscache"
)

// streams is the API with room for followers, in a bubble of time.
type streams struct {
	*testing.T
	handler http.Handler
	store   *countedStore
	id      string
}

type countedStore struct {
	*memstore.Store
	loads int
	err   error // of the next looks
}

func (c *countedStore) Load(ctx context.Context, id string) (*durable.Instance, error) {
	c.loads++
	if c.err != nil {
		return nil, c.err
	}
	return c.Store.Load(ctx, id)
}

// inStreams runs a test with one running instance and room for so many followers.
func inStreams(t *testing.T, most int, test func(*streams)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &streams{T: t, store: &countedStore{Store: memstore.New(time.Now)}}
		instances := statuscache.New(s.store, nil)
		s.handler = apitest.New(t, api.Config{Instances: instances, Watchers: live.NewWatchers(instances, most), Addresses: api.Addresses{OriginalURL: true},
			SignIn: principal.New(principal.Config{ClientPrincipal: true}), Log: slog.New(slog.DiscardHandler)})
		inst := &durable.Instance{ID: durable.NewID("a"), Claim: "a", Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: time.Now(), UpdatedAt: time.Now(), DueAt: time.Now()}
		if err := s.store.Create(t.Context(), inst, durable.Event{}); err != nil {
			t.Fatal(err)
		}
		s.id = inst.ID
		test(s)
	})
}

// stream is one call that lasts.
type stream struct {
	*httptest.ResponseRecorder
	leave context.CancelFunc
	ended bool
}

func (s *streams) open(method string, headers ...string) *stream {
	s.Helper()
	ctx, leave := context.WithCancel(s.Context())
	r := httptest.NewRequestWithContext(ctx, method, "/api/instances/"+s.id+"/events", nil)
	r.Header.Set(principal.Header, reader)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	opened := &stream{ResponseRecorder: httptest.NewRecorder(), leave: leave}
	go func() {
		s.handler.ServeHTTP(opened, r)
		opened.ended = true
	}()
	synctest.Wait()
	return opened
}

// advance stores a turn, and gives the followers the time to see it.
func (s *streams) advance(step string, status durable.RuntimeStatus) {
	s.Helper()
	inst, err := s.store.Store.Load(s.Context(), s.id)
	if err != nil {
		s.Fatal(err)
	}
	inst.Seq, inst.Step, inst.Status, inst.Custom.Status = inst.Seq+1, step, status, step
	if err := s.store.Commit(s.Context(), inst, durable.Change{}); err != nil {
		s.Fatal(err)
	}
	s.pass(time.Second)
}

func (s *streams) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// told are the steps that a stream has told of, and the id of the last event.
func (s *streams) told(from *stream) (steps []string, last string) {
	s.Helper()
	for line := range strings.Lines(from.Body.String()) {
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			last = strings.TrimSpace(id)
		}
		if data, ok := strings.CutPrefix(line, "data: {\"name\""); ok {
			var body struct{ CustomStatus struct{ Status string } }
			if err := json.Unmarshal([]byte(`{"name"`+data), &body); err != nil {
				s.Fatal(err)
			}
			steps = append(steps, body.CustomStatus.Status)
		}
	}
	return steps, last
}

func (s *streams) wantTold(from *stream, want string) {
	s.Helper()
	if steps, _ := s.told(from); strings.Join(steps, ",") != want {
		s.Errorf("it told %q, want %q:\n%s", steps, want, from.Body)
	}
}

func TestAStreamTellsTheStatusEachChangeAndTheEnd(t *testing.T) {
	inStreams(t, 1, func(s *streams) {
		followed := s.open("GET")
		if followed.Code != http.StatusOK || followed.Header().Get("Content-Type") != "text/event-stream" || !followed.Flushed {
			s.Fatalf("%d %v", followed.Code, followed.Header())
		}
		s.advance("B", durable.Running)
		s.pass(10 * time.Second) // in which nothing changes
		s.advance("C", durable.Completed)
		s.wantTold(followed, ",B,C")
		if !followed.ended || !strings.HasSuffix(followed.Body.String(), "event: end\ndata: {}\n\n") {
			s.Errorf("ended %v:\n%s", followed.ended, followed.Body)
		}
	})
}

func TestAStreamIsResumedWithoutLossAndWithoutRepeating(t *testing.T) {
	inStreams(t, 1, func(s *streams) {
		first := s.open("GET")
		s.advance("B", durable.Running)
		_, last := s.told(first)
		first.leave()
		synctest.Wait()
		same := s.open("GET", "Last-Event-ID", last)
		s.wantTold(same, "")
		same.leave()
		synctest.Wait()
		s.advance("C", durable.Running) // nobody follows
		missed := s.open("GET", "Last-Event-ID", last)
		s.wantTold(missed, "C")
		s.advance("D", durable.Failed)
		s.wantTold(missed, "C,D")
		_, last = s.told(missed)
		if again := s.open("GET", "Last-Event-ID", last); again.Code != http.StatusNoContent || again.Body.Len() > 0 {
			s.Errorf("who has all gets %d %s", again.Code, again.Body)
		}
		late := s.open("GET", "Last-Event-ID", "of another instance")
		s.wantTold(late, "D")
	})
}

// The host ends what is silent for four minutes and what takes five; Static Web Apps
// hands nothing on before the end, and gives up after 45 seconds.
func TestAStreamEndsBeforeThePlatformEndsIt(t *testing.T) {
	inStreams(t, 2, func(s *streams) {
		direct, site := s.open("GET"), s.open("GET", "x-ms-original-url", "https://certificates.example.com/api/x")
		s.pass(40 * time.Second)
		if direct.ended || !site.ended {
			s.Errorf("after 40 seconds: ended %v, through the site %v", direct.ended, site.ended)
		}
		s.pass(170 * time.Second)
		if !direct.ended || strings.Count(direct.Body.String(), ": keep\n\n") < 13 || strings.Contains(direct.Body.String(), "event: end") {
			s.Errorf("after 210 seconds: ended %v:\n%s", direct.ended, direct.Body)
		}
	})
}

func TestFiftyWhoFollowOneInstanceCostOneReadASecond(t *testing.T) {
	inStreams(t, 50, func(s *streams) {
		for range 50 {
			s.open("GET")
			s.pass(100 * time.Millisecond)
		}
		s.store.loads = 0
		s.pass(time.Minute)
		if s.store.loads < 59 || s.store.loads > 61 {
			s.Errorf("%d reads in a minute", s.store.loads)
		}
	})
}

func TestMoreStreamsThanThereIsRoomForAreRefused(t *testing.T) {
	inStreams(t, 2, func(s *streams) {
		first, _ := s.open("GET"), s.open("GET")
		refused := s.open("GET")
		if refused.Code != http.StatusServiceUnavailable || refused.Header().Get("Retry-After") == "" || !strings.Contains(refused.Body.String(), api.CodeTooManyWatchers) {
			s.Errorf("%d %v %s", refused.Code, refused.Header(), refused.Body)
		}
		first.leave()
		synctest.Wait()
		if next := s.open("GET"); next.Code != http.StatusOK {
			s.Errorf("after one has left: %d %s", next.Code, next.Body)
		}
		s.pass(10 * time.Minute) // all are over
		s.store.loads = 0
		s.pass(time.Minute)
		if s.store.loads > 0 {
			s.Errorf("%d reads though nobody follows", s.store.loads)
		}
	})
}

func TestWhatIsNotThereOrDamagedIsNotFollowed(t *testing.T) {
	inStreams(t, 2, func(s *streams) {
		if head := s.open("HEAD"); !head.ended || head.Code != http.StatusOK || head.Body.Len() > 0 {
			s.Errorf("HEAD: ended %v, %d %s", head.ended, head.Code, head.Body)
		}
		followed := s.open("GET")
		s.store.err = errors.New("away")
		s.pass(5 * time.Second)
		if followed.ended {
			s.Error("storage that is away ends a stream")
		}
		if r := s.open("GET"); r.Code != http.StatusInternalServerError {
			s.Errorf("a new one is told as GET tells it: %d %s", r.Code, r.Body)
		}
		s.store.err = durable.ErrNotFound
		s.pass(time.Second)
		if !followed.ended || !strings.Contains(followed.Body.String(), "event: end") {
			s.Errorf("of a purged instance: ended %v:\n%s", followed.ended, followed.Body)
		}
		s.pass(time.Second)
		if r := s.open("GET"); r.Code != http.StatusNotFound || !strings.Contains(r.Body.String(), api.CodeInstanceNotFound) {
			s.Errorf("of no instance: %d %s", r.Code, r.Body)
		}
		s.store.err = &durable.UnreadableError{Kind: durable.RowInstance, ID: s.id, Err: errors.New("x")}
		s.pass(time.Second)
		if r := s.open("GET"); !r.ended || !strings.Contains(r.Body.String(), "Damaged") {
			s.Errorf("of a damaged one: ended %v, %d %s", r.ended, r.Code, r.Body)
		}
	})
}

func TestWithoutTheSettingThereAreNoEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if r := w.call("GET", "/api/instances/"+w.started("shop.example.com")+"/events", ""); r.status != http.StatusNotFound || !strings.Contains(r.raw, "EventStreams") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}
