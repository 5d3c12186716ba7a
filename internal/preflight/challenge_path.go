package preflight

import (
	"context"

	"certgate/internal/gatewaydoc"
)

// challengePath: the gateway's document leads validation files somewhere. Where
// that is, challengeFetch sees.
func challengePath() check {
	return check{
		name: "challengePath", title: "Path rule for validation files", group: groupChallenge,
		fix: "Give the gateway a listener on port 80 with a path rule for /.well-known/acme-challenge/* to the blob container, or set ManageHttpListener to true.",
		run: func(_ context.Context, f *facts) verdict {
			return f.look(func(s gatewaydoc.Survey) verdict {
				way := s.Files
				switch {
				case way.Led:
					return pass("The listener %s has a path rule for validation files.", way.Listener)
				case way.Made:
					return pass("certgate will make the way from port 80 to the validation files with the first certificate.")
				case way.Problem != nil:
					return because(way.Problem)
				case way.Listener != "":
					return fail("The listener %s on port 80 has no path rule for /.well-known/acme-challenge/*.", way.Listener)
				case f.hostname == "":
					return unknown("No listener on port 80 takes requests for every hostname.").toMend()
				}
				return fail("No listener on port 80 takes requests for %s.", f.hostname)
			})
		},
	}
}
