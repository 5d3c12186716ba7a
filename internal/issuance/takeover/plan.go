package takeover

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"certgate/internal/inventory"
)

// MaxListeners is how many one request takes: a gateway has 100.
const MaxListeners = 100

const (
	// ordersPerWeek is how many orders of one registered domain a take-over places in a week:
	// half of what Let's Encrypt gives all accounts together.
	ordersPerWeek = 25
	week          = 7 * 24 * time.Hour
)

// Plan is what a take-over of many would do. Its members are published.
type Plan struct {
	Listeners []Verdict `json:"listeners"`
	Sum       Sum       `json:"sum"`
	// Missing are listeners that the gateway does not have.
	Missing []string `json:"-"`
}

// Sum is what it would cost.
type Sum struct {
	Adopt          int            `json:"adopt"`
	Order          int            `json:"order"`
	Refused        int            `json:"refused"`
	GatewayWrites  int            `json:"gatewayWrites"`
	OrdersNow      int            `json:"ordersNow"`
	OrdersByDomain map[string]int `json:"ordersByDomain"`
	// DoneAbout is when the last order is planned; none if all are placed at once.
	DoneAbout time.Time `json:"doneAbout,omitzero"`
}

// Plan looks at the listeners at this moment and changes nothing: one reading of the
// gateway, one of the vault for each secret, and the looks over TLS. Its Sum is for Count.
func (p Ports) Plan(ctx context.Context, now time.Time, listeners []string, w Wish) (Plan, error) {
	rows, ingress, err := p.Surveyor.Afresh(ctx, now, listeners)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Listeners: []Verdict{}}
	for _, name := range listeners {
		i := slices.IndexFunc(rows, func(r *inventory.Stored) bool { return strings.EqualFold(r.Name, name) })
		if i < 0 {
			plan.Missing = append(plan.Missing, name)
			continue
		}
		plan.Listeners = append(plan.Listeners, p.Judge(rows[i], ingress, w))
	}
	return plan, nil
}

// Count sums the verdicts up and spreads the orders of each domain over weeks; perWeek 0
// is the usual number.
func (p *Plan) Count(now time.Time, perWeek int) {
	if perWeek <= 0 {
		perWeek = ordersPerWeek
	}
	p.Sum = Sum{OrdersByDomain: map[string]int{}}
	points := false
	for i := range p.Listeners {
		v := &p.Listeners[i]
		switch v.Verdict {
		case Adopt:
			p.Sum.Adopt++
			points = points || v.Before.Pinned != ""
		case Order:
			p.Sum.Order++
			domain := registered(v.Hostnames[0])
			weeks := p.Sum.OrdersByDomain[domain] / perWeek
			p.Sum.OrdersByDomain[domain]++
			if v.StartsAt = (time.Time{}); weeks == 0 {
				p.Sum.OrdersNow++
				continue
			}
			v.StartsAt = now.Add(time.Duration(weeks) * week).UTC().Truncate(time.Second)
			if v.StartsAt.After(p.Sum.DoneAbout) {
				p.Sum.DoneAbout = v.StartsAt
			}
		default:
			p.Sum.Refused++
		}
	}
	if points || p.Sum.OrdersNow > 0 {
		p.Sum.GatewayWrites = 1
	}
}

// registered is the registered domain that authorities count by.
func registered(hostname string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimPrefix(hostname, "*."))
	if err != nil {
		return hostname
	}
	return domain
}
