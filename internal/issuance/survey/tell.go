package survey

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/inventory"
)

// alertsEach bounds the alerts of one walk that name a listener.
const alertsEach = 20

// judge tells of a change in how a row fares; the row is stored after that, because the
// other way round a crash would lose the alert.
func (p Ports) judge(ctx context.Context, t durable.Turn, s *state, f *found) error {
	was := inventory.NoAlarm
	if f.before != nil {
		was = f.before.Alarm
	}
	now := f.row.AlarmNow(t.Now)
	f.row.Alarm = now
	if now == was {
		return nil
	}
	return p.tell(ctx, t, s, f.row, kindOf(now))
}

func kindOf(a inventory.Alarm) alert.Kind {
	switch a {
	case inventory.AlarmExpired, inventory.AlarmSoon, inventory.AlarmExpiring, inventory.AlarmLate:
		return alert.Expiring
	case inventory.AlarmBlocked, inventory.AlarmReverted, inventory.AlarmContest:
		return alert.Blocked
	case inventory.AlarmDead, inventory.AlarmWrong:
		return alert.NotServed
	}
	return alert.Recovered
}

func (p Ports) tell(ctx context.Context, t durable.Turn, s *state, r *inventory.Stored, kind alert.Kind) error {
	if s.Told >= alertsEach {
		if s.Untold == nil {
			s.Untold = map[alert.Kind]int{}
		}
		s.Untold[kind]++
		return nil
	}
	a := alert.Alert{Kind: kind, Certificate: r.ManagedCertificate, Message: message(r, kind), At: t.Since}
	if len(r.Hostnames) > 0 {
		a.Hostname = r.Hostnames[0]
	}
	if err := p.Alerts(ctx, a); err != nil {
		return fmt.Errorf("tell of %s: %w", r.Name, err)
	}
	s.Told++
	return nil
}

// message is the row's sentence and fix, with the name of the listener where the
// sentence lacks it.
func message(r *inventory.Stored, kind alert.Kind) string {
	subject := "Listener " + r.Name
	if r.Kind != inventory.KindListener {
		subject = strings.ToUpper(r.Row.String()[:1]) + r.Row.String()[1:]
	}
	if kind == alert.Recovered {
		return fmt.Sprintf("%s: what was told of is over.", subject)
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s", subject, r.Reason, r.Fix))
}

// tellRest tells in one sentence each of what was too much to tell one by one.
func (p Ports) tellRest(ctx context.Context, t durable.Turn, s *state) error {
	for _, c := range []struct {
		kind alert.Kind
		text string
	}{
		{alert.NotServed, "%d more listeners of the gateway have no certificate that clients take. GET /api/listeners lists them."},
		{alert.Expiring, "%d more certificates on the gateway expire soon, or have expired. GET /api/listeners?sort=expiry lists them."},
		{alert.Blocked, "%d more listeners of the gateway will not get a renewed certificate. GET /api/listeners?state=blocked lists them."},
		{alert.Recovered, "%d more listeners of the gateway are fine again."},
	} {
		n := s.Untold[c.kind]
		if n == 0 {
			continue
		}
		if err := p.Alerts(ctx, alert.Alert{Kind: c.kind, Message: fmt.Sprintf(c.text, n), At: t.Since}); err != nil {
			return fmt.Errorf("tell of %d listeners: %w", n, err)
		}
		delete(s.Untold, c.kind)
	}
	return nil
}
