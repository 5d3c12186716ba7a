package preflight

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/gatewaydoc"
)

// scarce is how little room is worth a word.
const scarce = 10

// gatewayRoom: the service's limits leave room for a listener more.
func gatewayRoom() check {
	return check{
		name: "gatewayRoom", title: "Room for more hostnames", group: groupGateway,
		fix: "Remove listeners and certificates that are not needed, or use another gateway.",
		run: func(_ context.Context, f *facts) verdict {
			return f.look(func(s gatewaydoc.Survey) verdict {
				var full, low []string
				for _, r := range s.Room {
					text := fmt.Sprintf("%d of %d %s", r.Used, r.Limit, r.Kind)
					switch left := r.Limit - r.Used; {
					case left <= 0:
						full = append(full, text)
					case left <= scarce:
						low = append(low, text)
					}
				}
				switch {
				case len(full) > 0:
					return fail("The gateway is full: it has %s.", strings.Join(full, ", "))
				case len(low) > 0:
					return pass("There is little room left: the gateway has %s.", strings.Join(low, ", "))
				}
				return pass("The gateway has room for more hostnames.")
			})
		},
	}
}
