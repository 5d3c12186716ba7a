package gatewayprobe

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// maxLookRedirects is how many redirects a look follows, on the same hostname.
const maxLookRedirects = 5

// Look is what a client meets that asks for a hostname at the gateway. It has no body of
// any answer, and no secret: see Answer.
type Look struct {
	// Answers are those of the hostname, each but the last one a redirect to the next.
	Answers []Answer `json:"answers"`
	End     End      `json:"end"`
	// Problem says why there was no answer.
	Problem string `json:"problem,omitempty"`
}

// End is why a look went no further.
type End string

const (
	Answered    End = "answer"
	Elsewhere   End = "elsewhere" // a redirect to another host, or to a port other than 80 and 443: not followed
	TooMany     End = "tooManyRedirects"
	Loop        End = "redirectLoop"
	NothingCame End = "noAnswer"
)

// Answer is one answer: its status and its headers.
type Answer struct {
	URL      string   `json:"url"`
	Status   int      `json:"status"`
	Location string   `json:"location,omitempty"` // where it redirects to
	Headers  []Header `json:"headers"`
}

// Look asks for / of the hostname at one of the gateway's addresses and follows redirects
// on the same hostname. Each request goes to the gateway's ports 80 and 443, whatever DNS
// says of the hostname. What is wrong is in the result.
func (p *Prober) Look(ctx context.Context, scheme, hostname string, gateway []netip.Addr) Look {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	look, seen := Look{Answers: []Answer{}}, map[string]bool{}
	place := &url.URL{Scheme: scheme, Host: hostname, Path: "/"}
	for {
		at, ok := p.ownPlace(place, hostname, gateway)
		switch {
		case !ok:
			look.End = Elsewhere
			return look
		case seen[place.String()]:
			look.End = Loop
			return look
		case len(look.Answers) > maxLookRedirects:
			look.End = TooMany
			return look
		}
		seen[place.String()] = true
		response, tried, err := p.ask(ctx, place, at)
		if err != nil {
			look.End, look.Problem = NothingCame, p.nothingCame(place, tried, err)
			return look
		}
		response.Body.Close() // unread: what a page says is not ours to see
		next := leadsTo(place, response)
		look.Answers = append(look.Answers, answerOf(place, next, response))
		if next == nil {
			look.End = Answered
			return look
		}
		place = next
	}
}

// ownPlace returns where a request for place goes, if it is the hostname's.
func (p *Prober) ownPlace(place *url.URL, hostname string, gateway []netip.Addr) (at []netip.AddrPort, ok bool) {
	if place.Scheme != "http" && place.Scheme != "https" || canonicalHost(place.Hostname()) != canonicalHost(hostname) {
		return nil, false
	}
	port, ok := p.publicPort(place)
	for _, addr := range gateway {
		at = append(at, p.atGateway(addr.Unmap(), port))
	}
	return at, ok
}

// leadsTo is where a browser goes after the answer; nil if it stays.
func leadsTo(from *url.URL, response *http.Response) *url.URL {
	if response.StatusCode == http.StatusSeeOther {
		next, _ := location(from, response)
		return next
	}
	next, _ := redirect(from, response)
	return next
}

func (p *Prober) nothingCame(place *url.URL, at netip.AddrPort, err error) string {
	if place.Scheme == "https" && unrecognizedName(err) {
		return fmt.Sprintf("The gateway answers at %s port %d, but no listener serves %s over HTTPS.", at.Addr(), at.Port(), place.Hostname())
	}
	return fmt.Sprintf("%s gave no HTTP answer at %s port %d: %s.", withoutSecrets(place), at.Addr(), at.Port(), reason(err, p.timeout))
}

// withoutSecrets is a URL for people to see: what stands in its query may be the state of
// a sign-in, or a signature.
func withoutSecrets(u *url.URL) string {
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	if shown.RawQuery != "" {
		shown.RawQuery = "hidden"
	}
	return strings.ToValidUTF8(bounded(shown.String()), "")
}
