// Package alert lists what people can be told of: the one place that knows each
// kind of alert. The setting, its documentation and the texts for chats follow.
package alert

import "fmt"

// Kind is what an alert is about. Published: receivers branch on it.
type Kind string

const (
	Completed Kind = "completed"
	Failed    Kind = "failed"
	Overdue   Kind = "overdue"
	NotServed Kind = "notServed"
	// NotDelivered is of what serves certificates beside the gateway.
	NotDelivered Kind = "notDelivered"
	Expiring     Kind = "expiring"
	Blocked      Kind = "blocked"
	Recovered    Kind = "recovered"
	// Test is sent on demand, whatever the settings say, and never by itself.
	Test Kind = "test"
)

// Severity is how much an alert presses.
type Severity int

const (
	Neutral Severity = iota
	Good
	Warning
	Attention // somebody has to do something
)

// About describes one kind.
type About struct {
	Kind     Kind
	When     string // when it is raised, for the documentation: a clause without a full stop
	Headline string // %s is the hostname or whatever it is about
	Severity Severity
	Default  bool // sent without any setting
}

// All lists the kinds that settings can choose, in the order to read about them.
func All() []About {
	return []About{
		{Kind: Completed, When: "a request was carried out", Headline: "Completed: %s", Severity: Good},
		{Kind: Failed, When: "a request or a renewal failed; the message says what to do", Headline: "Failed: %s", Severity: Attention, Default: true},
		{Kind: Overdue, When: "a certificate should have been renewed by now", Headline: "Renewal is overdue: %s", Severity: Warning, Default: true},
		{Kind: NotServed, When: "the gateway serves something else than the newest version in Key Vault; or, for a listener that certgate does not manage, no certificate or one for other hostnames", Headline: "Not served as it should be: %s", Severity: Warning, Default: true},
		{Kind: NotDelivered, When: "a target beside the gateway did not serve the newest version in time; the message says what it serves and what to do", Headline: "Not delivered: %s", Severity: Attention, Default: true},
		{Kind: Expiring, When: "a certificate on the gateway that certgate does not renew will expire soon, has expired, or should have been renewed by whoever renews it", Headline: "Expires: %s", Severity: Warning, Default: true},
		{Kind: Blocked, When: "a renewed certificate will not reach the gateway, because its reference names a version or because it was uploaded", Headline: "No renewal reaches the gateway: %s", Severity: Warning, Default: true},
		{Kind: Recovered, When: "a certificate that had one of these troubles is fine again", Headline: "Fine again: %s", Severity: Good, Default: true},
	}
}

// Of describes a kind; one that is not in the list, such as Test, in a neutral way.
func Of(k Kind) About {
	for _, a := range All() {
		if a.Kind == k {
			return a
		}
	}
	if k == Test {
		return About{Kind: k, When: "somebody sent a test; always sent", Headline: "Test notification from %s"}
	}
	return About{Kind: k, Headline: string(k) + ": %s"}
}

// Says is the headline about something.
func (a About) Says(what string) string { return fmt.Sprintf(a.Headline, what) }

// Kinds lists the kinds that settings can choose.
func Kinds() (kinds []Kind) {
	for _, a := range All() {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}
