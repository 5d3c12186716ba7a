package preflight

import (
	"context"
	"strings"
)

// dnsView: the hostname is looked at as the internet sees it, not as a private zone of
// the app's own network has it.
func dnsView() check {
	return check{
		name: "dnsView", title: "View of DNS", group: groupHostname,
		run: func(ctx context.Context, f *facts) verdict {
			says, misleads := f.config.Servers.View(ctx, f.hostname)
			what, todo, _ := strings.Cut(says, ". ")
			switch {
			case says == "":
				return pass("No private view of %s was seen.", f.hostname)
			case misleads:
				return fail("%s.", what).fixedBy("%s", todo)
			}
			return pass("%s", says)
		},
	}
}
