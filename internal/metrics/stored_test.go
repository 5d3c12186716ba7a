package metrics_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/issuance/managed"
	"certgate/internal/metrics"
)

func TestHoweverManyScrapeStorageIsLookedAtOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var together sync.WaitGroup
	for range 10 {
		together.Go(func() { w.scrape() })
	}
	together.Wait()
	if n := int(w.looks.calls.Load()) + w.Records.Count(); n != 5 {
		t.Errorf("10 scrapes cost %d looks, want one at each of 5 parts", n)
	}
	w.Clock.Advance(59 * time.Second)
	w.scrape()
	if n := int(w.looks.calls.Load()) + w.Records.Count(); n != 5 {
		t.Errorf("a scrape within the minute cost %d looks more", n-5)
	}
	w.Clock.Advance(time.Second)
	w.scrape()
	if n := int(w.looks.calls.Load()) + w.Records.Count(); n != 10 {
		t.Errorf("%d looks after a minute, want 10", n)
	}
}

func TestTenThousandCertificatesCostTenRequestsAndWhatIsMoreIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.Clock.Now()
	save := func(name string, notAfter time.Time) {
		if err := w.Records.Records.SaveRecord(t.Context(), &managed.Record{Name: name, NotBefore: now.Add(-day), NotAfter: notAfter}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10_000 {
		save(fmt.Sprintf("h%05d", i), now.Add(80*day))
	}
	text := w.scrape()
	if n := w.Records.Count(); n != 10 || !has(text, `certgate_certificates{state="ok"} 10000`) || !has(text, `certgate_state_read_partial{part="certificates"} 0`) {
		t.Errorf("10,000 certificates took %d requests, or are not all counted", n)
	}
	save("a-last-one", now.Add(day))
	w.Clock.Advance(time.Minute)
	text = w.scrape()
	if n := w.Records.Count(); n != 20 || !has(text, `certgate_state_read_partial{part="certificates"} 1`) {
		t.Errorf("one more took %d requests, or was not said to be left out", n-10)
	}
	if !strings.Contains(text, `name="a-last-one"`) {
		t.Error("the certificate that expires first is not among those that are shown")
	}
}

func TestStateThatCannotBeReadIsMissingAndSaidSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Add("shop.example.com")
	w.Drain()
	if !strings.Contains(w.scrape(), "certgate_queue_messages{") {
		t.Fatal("no figures to lose")
	}
	w.looks.refuses.Store(true)
	w.Clock.Advance(time.Minute)
	text := w.scrape()
	for _, line := range []string{
		`certgate_state_read_success{part="queues"} 0`, `certgate_state_read_success{part="instances"} 0`,
		`certgate_state_read_success{part="backlog"} 0`, `certgate_state_read_success{part="limits"} 0`,
		`certgate_state_read_success{part="certificates"} 1`, `certgate_certificates{state="ok"} 1`,
	} {
		if !has(text, line) {
			t.Errorf("the figures lack %s", line)
		}
	}
	for _, old := range []string{"certgate_queue_messages{", "certgate_instances_started{", "certgate_instances_active", "s3cret"} {
		if strings.Contains(text, "\n"+old) || old == "s3cret" && strings.Contains(text, old) {
			t.Errorf("the figures still have %s", old)
		}
	}
	w.looks.refuses.Store(false)
	w.Clock.Advance(time.Minute)
	if !has(w.scrape(), `certgate_state_read_success{part="queues"} 1`) {
		t.Error("the figures do not come back")
	}
}

// A look at some parts costs what these cost, and does not change what is shown.
func TestALookReadsTheNamedPartsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	families, err := w.metrics.Look(t.Context(), metrics.Backlog, metrics.Queues).Gather()
	if err != nil || w.looks.calls.Load() != 2 {
		t.Errorf("%d calls of storage for two parts (%v)", w.looks.calls.Load(), err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	if want := "certgate_instances_active certgate_queue_messages certgate_state_read_partial certgate_state_read_success"; strings.Join(names, " ") != want {
		t.Errorf("it has %q, want %s", names, want)
	}
}
