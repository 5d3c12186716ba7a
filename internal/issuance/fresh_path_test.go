package issuance_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
)

// freshPath is a gateway whose way to the validation files is made on request.
type freshPath struct{ made bool }

func (p *freshPath) WantChallengePath(context.Context, durable.Turn) (bool, error) {
	return p.made, nil
}

func TestAWayThatIsJustBeingMadeIsWaitedFor(t *testing.T) {
	t.Parallel()
	const host = "shop.example.com"
	for name, c := range map[string]struct {
		status int // what port 80 answers until it is ready
		ready  time.Duration
		made   bool // certgate has just made the way
		fails  string
		within time.Duration
	}{
		"a backend that is not probed yet":        {status: 502, ready: 4 * time.Minute},
		"a gateway that is too busy":              {status: 503, ready: 4 * time.Minute},
		"a backend that is slow to start":         {status: 504, ready: 4 * time.Minute},
		"no answer":                               {status: -1, ready: 4 * time.Minute},
		"a rule that is not there yet":            {status: 404, ready: 4 * time.Minute, made: true},
		"a backend that never comes":              {status: 502, ready: time.Hour, fails: issuance.CodeValidationFileNotFound, within: 6 * time.Minute},
		"a way that somebody forgot":              {status: 404, ready: 4 * time.Minute, fails: issuance.CodeValidationFileNotFound, within: time.Minute},
		"another application, on a way just made": {status: 200, ready: 4 * time.Minute, made: true, fails: issuance.CodeValidationFileNotValid, within: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			path := &freshPath{made: !c.made}
			ports := w.Ports()
			ports.Gateways[0].Path = path
			w.Runner.Add(issuance.AddCertificate(ports))
			var began time.Time // of the looks
			w.Gateway.Port80 = func() int {
				if began.IsZero() {
					began = w.Clock.Now()
				}
				if w.Clock.Now().Sub(began) < c.ready {
					return c.status
				}
				return 0
			}
			id := w.Add(host)
			w.Drain()
			if c.made { // it is parked until the lane wakes it
				path.made = true
				inst := w.Instance(id)
				if err := w.Queue.Send(t.Context(), durable.Message{Instance: id, Step: inst.Step, Seq: inst.Seq, Wake: true}, 0); err != nil {
					t.Fatal(err)
				}
				w.Drain()
			}
			inst := w.Instance(id)
			if c.fails == "" && inst.Status != durable.Completed || c.fails != "" && (inst.Status != durable.Failed || inst.Custom.Error != c.fails) {
				t.Errorf("%s %+v", inst.Status, inst.Custom)
			}
			if took := w.Clock.Now().Sub(began); c.within > 0 && took > c.within {
				t.Errorf("it took %s to say so", took)
			}
			if n := strings.Count(w.History(id), "AnswerAcmeHttp01ChallengeStep"); n > 30 {
				t.Errorf("%d looks", n)
			}
		})
	}
}
