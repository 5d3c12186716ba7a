package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"certgate/internal/issuance"
)

// challengeFetch asks the gateway for a validation file that does not exist: the
// blob service has to be the one that says so.
func challengeFetch() check {
	return check{
		name: "challengeFetch", title: "Validation files can be fetched", group: groupChallenge,
		fix: challengeFetchFix,
		run: func(ctx context.Context, f *facts) verdict {
			ips, err := f.gatewayIPs()
			if err != nil || len(ips) == 0 {
				return unknown("The gateway's public address is not known.").after(gatewayAddress())
			}
			return f.unlessLocked(f.fetch(ctx, ips, func(ip netip.Addr) string {
				if ip.Is6() {
					return "[" + ip.String() + "]"
				}
				return ip.String()
			}))
		},
	}
}

const challengeFetchFix = "Lead /.well-known/acme-challenge/* on port 80 to the blob container, open port 80 to the internet, and let anybody read the container's blobs."

// fetch judges the answers for the missing file at each address.
func (f *facts) fetch(ctx context.Context, at []netip.Addr, host func(netip.Addr) string) verdict {
	for _, look := range issuance.AtEach(at, func(ip netip.Addr) (Missing, error) { return f.config.Outside.MissingFile(ctx, host(ip), ip) }) {
		if look.Err != nil {
			return f.unlessMade(because(look.Err))
		}
		if v := judge(look.Found, look.At); v.ok == nil || !*v.ok {
			return f.unlessMade(v)
		}
	}
	return pass("Port 80 of the gateway leads to the blob container.")
}

// unlessLocked takes the edge off where something stands before the gateway: it may let in
// nobody else.
func (f *facts) unlessLocked(v verdict) verdict {
	if f.config.Targets == nil || v.ok == nil || *v.ok {
		return v
	}
	fronts := f.config.Targets.BeforeGateway()
	if len(fronts) == 0 || !errors.Is(v.err, issuance.ErrNotReached) && !v.forbidden {
		return v
	}
	v.ok, v.state = nil, Later
	v.finding = fmt.Sprintf("%s That is as it should be if the gateway lets in nobody but %s.", v.finding, strings.Join(fronts, ", "))
	v.fix = "Look at a hostname: the check port80 asks where DNS leads."
	return v
}

// judge reads the answer of the blob service to somebody without an identity.
func judge(got Missing, ip netip.Addr) verdict {
	where := fmt.Sprintf("The gateway at %s", ip)
	switch {
	case !got.Storage && got.Status == http.StatusBadGateway:
		return fail("%s cannot reach the backend of the validation files (502).", where).
			fixedBy("Check the backend's health: the probe must accept what the storage account answers, and the Host header must be the account's name (pick host name from backend address).")
	case !got.Storage && got.Status == http.StatusForbidden:
		v := fail("%s refuses the request for a validation file (403), and not blob storage.", where)
		v.forbidden = true
		return v
	case !got.Storage:
		return fail("%s answers %d for a validation file, and not from blob storage.", where, got.Status)
	case got.Status == http.StatusNotFound && (got.Code == "BlobNotFound" || got.Code == "WebContentNotFound" || got.Code == ""):
		return pass("%s asks the blob container.", where) // or the static website in front of it
	case got.Code == "PublicAccessNotPermitted":
		return fail("%s reaches blob storage, but the account does not let anybody read.", where).
			fixedBy("Allow anonymous read access on the storage account and on the container's blobs: a gateway has no identity there.")
	case got.Status == http.StatusNotFound:
		return unknown("%s reaches blob storage, which does not show whether the container can be read by anybody (%s).", where, got.Code).
			fixedBy("Check the path in the backend settings, and that the container's blobs can be read anonymously.")
	}
	return fail("%s reaches blob storage, which answers %d %s.", where, got.Status, got.Code)
}

// unlessMade takes the edge off: what certgate will make is not there yet.
func (f *facts) unlessMade(v verdict) verdict {
	s, err := f.survey()
	if err == nil && v.ok != nil && !s.Files.Led && (s.Files.Made || s.Files.Listener == "" && f.hostname == "") {
		v.ok, v.state = nil, cmp.Or(v.state, Mend)
		if s.Files.Made {
			v.state = Later
			v.finding, v.fix = "Port 80 does not lead to the blob container yet; certgate will make the way with the first certificate.", "Nothing to do now."
		}
	}
	return v
}
