package inventory

import (
	"fmt"
	"strings"
	"time"

	"certgate/internal/issuance/managed"
)

// reverted: the listener has the entry again that it had before certgate's. A template
// does that, which owns the gateway; certgate does not fight with it.
func (r *Stored) reverted(time.Time) (v verdict, ok bool) {
	if r.Former == "" {
		return v, false
	}
	return verdict{Reverted,
		fmt.Sprintf("Something has put the former certificate entry %s back in place of certgate's.", r.Entry),
		fmt.Sprintf("A template owns this gateway: put %s into it, and apply it; or give the listener back.", r.Former)}, true
}

// contested: a certificate that certgate has taken over is not tagged as its own any more,
// or as another manager's as well.
func (r *Stored) contested(time.Time) (v verdict, ok bool) {
	if !r.Adopted || r.Trouble != NoTrouble || r.Tags == nil {
		return v, false
	}
	foreign, again := ManagerTags(r.Tags), "Take the listener over again: that takes the tags off. If they come back, a person has to look who makes new versions."
	switch {
	case len(foreign) > 0:
		return verdict{Contested, fmt.Sprintf("certgate took the certificate over, and it has the tags %s of another manager again; its newest version is of %s.", strings.Join(foreign, ", "), managed.Day(r.VersionSince)), again}, true
	case r.Tags["ManagedBy"] != "certgate" || r.Tags["Hostname"] == "":
		return verdict{Contested, fmt.Sprintf("certgate took the certificate over, and somebody else has made a version of it since, on %s.", managed.Day(r.VersionSince)), again}, true
	}
	return v, false
}
