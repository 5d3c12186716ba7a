package takeover

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// undo puts everything back that a take-over which fails has changed: the reference with
// its version, the tags, and the record last, because it has the way back. What certgate
// had taken over before stays its own.
func (p Ports) undo() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:   "UndoTakeOverStep",
		Says:   "Putting back what was changed for {hostname}.",
		Title:  "Put everything back",
		Within: 6 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			if s.Version == "" || s.Again {
				return durable.Done(), nil
			}
			if s.Pointed {
				done, err := p.Lane.Point(ctx, t, issuance.Pointing{Entry: s.Entry, SecretID: s.SecretID + "/" + s.Pinned})
				if err != nil {
					return durable.Outcome{}, err
				}
				if !done {
					return durable.Park(), nil
				}
				s.Pointed = false
			}
			if _, err := p.giveTagsBack(ctx, s.Certificate, s.Tags, s.Hostnames); err != nil {
				return durable.Outcome{}, err
			}
			r, err := p.Records.Record(ctx, s.Certificate)
			if errors.Is(err, durable.ErrNotFound) || durable.Unreadable(err) || err == nil && r.LastInstance != t.Instance {
				return durable.Done(), nil
			}
			if err != nil {
				return durable.Outcome{}, fmt.Errorf("read the record of certificate %s: %w", s.Certificate, err)
			}
			return durable.Done(), p.Records.DeleteRecord(ctx, s.Certificate)
		},
	}
}

// giveTagsBack puts the former tags on the newest version, if it has the ones that
// certgate gave it: what somebody changed since stays.
func (p Ports) giveTagsBack(ctx context.Context, name string, former map[string]string, hostnames []string) (changed bool, err error) {
	found, err := p.Vault.Certificate(ctx, name)
	if errors.Is(err, issuance.ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ours, _ := p.Vault.OurTags(former, hostnames)
	now := maps.Clone(found.Tags)
	for _, tag := range []string{issuance.TagDirectory, issuance.TagProfile} { // of a version that certgate has made since
		if _, there := ours[tag]; !there {
			delete(now, tag)
		}
	}
	if !maps.Equal(now, ours) {
		return false, nil
	}
	return true, p.Vault.SetTags(ctx, name, found.Version, former)
}
