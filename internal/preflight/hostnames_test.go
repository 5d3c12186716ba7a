package preflight_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
	"certgate/internal/issuance/caa"
	"certgate/internal/preflight"
)

func TestManyHostnamesAreLookedAtEachForItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	dns := w.pebble.DNS()
	for name, address := range map[string]string{"fine.example.com": "127.0.0.1", "elsewhere.example.com": "192.0.2.7"} {
		if err := dns.AddA(t.Context(), name, address); err != nil {
			t.Fatal(err)
		}
	}
	report := preflight.New(w.config).Hostnames(t.Context(), wanted("elsewhere.example.com", "fine.example.com"))
	if report.Room == nil || report.Room.Hostnames < 1 || len(report.Room.Limits) == 0 {
		t.Errorf("room is %+v", report.Room)
	}
	for i, want := range map[int]preflight.State{0: preflight.Mend, 1: preflight.Fine} {
		one := report.Hostnames[i]
		if !one.Looked || one.Checks[0].Check != "dns" || one.Checks[0].State != want || one.DNS == nil {
			t.Errorf("%s: %+v", one.Hostname, one)
		}
	}
	if advice := report.Hostnames[0].DNS.Advice; len(advice) == 0 || report.Hostnames[0].Ready {
		t.Errorf("a hostname that leads elsewhere is ready, or has no advice: %+v", report.Hostnames[0])
	}
}

func TestAnOutageIsNotAFaultOfTheSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.pebble.Stop()
	for _, f := range preflight.New(w.config).Run(t.Context(), issuance.Wanted{}).Checks {
		switch f.Check {
		case "certificateAuthority":
			if f.State != preflight.NoAnswer || f.WaitsFor != "" {
				t.Errorf("%+v", f)
			}
		case "certificateAuthorityAccount", "certificateProfile":
			if f.State != preflight.NoAnswer || f.WaitsFor != "certificateAuthority" {
				t.Errorf("%+v", f)
			}
		}
	}
}

func TestEveryCheckHasATitleAndAGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	known := map[preflight.Group]bool{}
	for _, g := range preflight.Groups() {
		known[g] = true
	}
	for _, f := range preflight.New(w.config).Run(t.Context(), issuance.Wanted{Hostname: "shop.example.com"}).Checks {
		if f.Title == "" || !known[f.Group] {
			t.Errorf("%+v", f)
		}
	}
}

// mute is a resolver that never answers.
type mute struct{ issuance.Resolver }

func (mute) Addresses(ctx context.Context, _ string) (issuance.Addresses, error) {
	<-ctx.Done()
	return issuance.Addresses{}, ctx.Err()
}

func (mute) CAA(ctx context.Context, _ string) (caa.Records, error) {
	<-ctx.Done()
	return caa.Records{}, ctx.Err()
}

func TestWhatThereWasNoTimeForIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.config.Resolver, w.config.Timeout = mute{}, 100*time.Millisecond
	var names []string
	for i := range preflight.MaxHostnames {
		names = append(names, fmt.Sprintf("h%d.example.com", i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	report := preflight.New(w.config).Hostnames(ctx, wanted(names...))
	looked := 0
	for _, one := range report.Hostnames {
		if one.Looked {
			looked++
		}
		if one.Ready || one.Checks == nil {
			t.Errorf("%+v", one)
		}
	}
	if looked == 0 || looked == len(names) {
		t.Errorf("%d of %d were looked at", looked, len(names))
	}
}

func TestARoomCountsWhatOneHostnameTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	one := preflight.New(w.config).Hostnames(t.Context(), nil)
	w.config.Settings.HTTP = &gatewaydoc.HTTPSide{Port: 80, FilesURL: "https://" + blobHost + "/c"}
	two := preflight.New(w.config).Hostnames(t.Context(), nil)
	if one.Room == nil || two.Room == nil || two.Room.Hostnames != one.Room.Hostnames/2 {
		t.Errorf("room %+v, with port 80 made by certgate %+v", one.Room, two.Room)
	}
}

func TestBrokenNameServersGetNoRecordAsAdvice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	if err := w.pebble.DNS().SetServfail(t.Context(), "broken.example.com"); err != nil {
		t.Fatal(err)
	}
	one := preflight.New(w.config).Hostnames(t.Context(), wanted("broken.example.com")).Hostnames[0]
	if one.Checks[0].State == preflight.Fine || len(one.DNS.Advice) != 0 {
		t.Errorf("%+v %+v", one.Checks[0], one.DNS)
	}
}

func TestTheCAARecordThatMendsItIsData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	if err := w.pebble.DNS().AddCAA(t.Context(), "shop.example.com", "issue", "other.test"); err != nil {
		t.Fatal(err)
	}
	for _, f := range preflight.New(w.config).Hostnames(t.Context(), wanted("shop.example.com")).Hostnames[0].Checks {
		if f.Check == "caa" && (f.Record == nil || f.Record.Type != "CAA" || f.Record.Value != `0 issue "ca.test"`) {
			t.Errorf("%+v", f)
		}
	}
}

func wanted(hostnames ...string) (all []issuance.Wanted) {
	for _, name := range hostnames {
		all = append(all, issuance.Wanted{Hostname: name})
	}
	return all
}
