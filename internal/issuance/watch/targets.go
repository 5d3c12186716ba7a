package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Targets are what serves certificates beside the gateway.
type Targets interface {
	// Look tells of each target of a certificate what is not as it should be there, in a
	// sentence; "" where all is.
	Look(ctx context.Context, r *managed.Record) map[string]string
	// Deliver has the version in force brought to a target. It tells people if that does
	// not come about. While it is under way, asking again changes nothing.
	Deliver(ctx context.Context, r *managed.Record, target string, now time.Time) error
}

// judgeTargets has delivered what is not served, and tells when what people were told of
// is over. It reports whether the record has changed.
func (p Ports) judgeTargets(ctx context.Context, t durable.Turn, s *watchState, r *managed.Record, seen map[string]string) (changed bool, err error) {
	if seen == nil {
		return false, nil
	}
	var still, over []string
	for _, target := range r.Undelivered {
		switch why, known := seen[target]; {
		case !known: // the settings do not name it any more
		case why == "":
			over = append(over, target)
		default:
			still = append(still, target)
		}
	}
	for target, why := range seen {
		if why == "" || slices.Contains(r.Undelivered, target) {
			continue
		}
		if err := p.Targets.Deliver(ctx, r, target, t.Now); err != nil {
			return false, err
		}
	}
	if len(still) == len(r.Undelivered) {
		return false, nil
	}
	if len(over) > 0 {
		reason := fmt.Sprintf("The newest version is served again, by all that people were told of: %s.", strings.Join(over, ", "))
		if err := p.tell(ctx, t, s, r, alert.Recovered, reason); err != nil {
			return false, err
		}
	}
	r.Undelivered = still
	return true, nil
}
