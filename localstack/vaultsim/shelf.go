package vaultsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// shelf is what certificates and plain secrets have in common: names that are
// deleted softly, listed, recovered and purged.
type shelf[T item] struct {
	noun    string // with s as in /certificates and /deletedcertificates
	missing string // error code of a name that is not there
	of      func(*vault) map[string]T
}

type item interface {
	life() *lifecycle
	label() string
	// show is the full reply, brief the list item.
	show(*call) any
	brief(*call) any
}

func (l *lifecycle) life() *lifecycle { return l }

var (
	certificates = shelf[*certificate]{"certificate", "CertificateNotFound", func(v *vault) map[string]*certificate { return v.Certificates }}
	secrets      = shelf[*secret]{"secret", "SecretNotFound", func(v *vault) map[string]*secret { return v.Secrets }}
	plainKeys    = shelf[*plainKey]{"key", "KeyNotFound", func(v *vault) map[string]*plainKey { return v.Keys }}
)

// settle forgets what is purged and lets the issuer Self sign what is due. It
// runs before every call, so that no timer is needed.
func (v *vault) settle(c *call) {
	maps.DeleteFunc(v.Certificates, func(_ string, x *certificate) bool { return x.gone(c.now) })
	maps.DeleteFunc(v.Secrets, func(_ string, x *secret) bool { return x.gone(c.now) })
	maps.DeleteFunc(v.Keys, func(_ string, x *plainKey) bool { return x.gone(c.now) })
	for _, x := range v.Certificates {
		x.signIfDue(c.now)
	}
}

// find is the live item of the call's name.
func (s shelf[T]) find(c *call) (T, error) {
	x, ok := s.of(c.v)[strings.ToLower(c.name)]
	if !ok || !x.life().live(c.now) {
		return x, s.notFound(c)
	}
	return x, nil
}

func (s shelf[T]) notFound(c *call) error {
	id := c.name
	if c.version != "" {
		id += "/" + c.version
	}
	return notFound(s.missing, "A %s with (name/id) %s was not found in this key vault. If you recently deleted this %s you may be able to recover it using the correct recovery command. "+
		"For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182", s.noun, id, s.noun)
}

func (s shelf[T]) deletedNotFound(c *call) error {
	return notFound(s.missing, "Deleted %s not found: %s", capital(s.noun), c.name)
}

// deletedItem adds the members that a deleted item has.
type deletedItem struct {
	RecoveryID         string `json:"recoveryId"`
	DeletedDate        int64  `json:"deletedDate"`
	ScheduledPurgeDate int64  `json:"scheduledPurgeDate"`
}

func (s shelf[T]) deletion(c *call, x T) *deletedItem {
	if x.life().Change != deletion {
		return nil
	}
	return &deletedItem{c.base + "/deleted" + s.noun + "s/" + x.label(), x.life().Deleted.Unix(), x.life().Purges.Unix()}
}

func (s shelf[T]) delete(takes time.Duration) handler {
	return func(c *call) (reply, error) {
		x, err := s.find(c)
		if err != nil {
			return reply{}, err
		}
		x.life().begin(deletion, c, takes)
		return reply{status: http.StatusOK, body: x.show(c)}, nil
	}
}

func (s shelf[T]) findDeleted(c *call) (T, error) {
	x, ok := s.of(c.v)[strings.ToLower(c.name)]
	switch {
	case !ok || x.life().live(c.now):
		return x, s.deletedNotFound(c)
	case !x.life().recoverable(c.now):
		return x, x.life().taken(s.noun, c.name, c.now)
	}
	return x, nil
}

// getDeleted finds nothing while the deletion has not settled; clients poll it.
func (s shelf[T]) getDeleted(c *call) (reply, error) {
	x, err := s.findDeleted(c)
	if err != nil {
		return reply{}, s.deletedNotFound(c)
	}
	return reply{status: http.StatusOK, body: x.show(c)}, nil
}

func (s shelf[T]) recover(takes time.Duration) handler {
	return func(c *call) (reply, error) {
		x, err := s.findDeleted(c)
		if err != nil {
			return reply{}, err
		}
		x.life().begin(recovery, c, takes)
		return reply{status: http.StatusOK, body: x.show(c)}, nil
	}
}

func (s shelf[T]) purge(takes time.Duration) handler {
	return func(c *call) (reply, error) {
		x, err := s.findDeleted(c)
		if err != nil {
			return reply{}, err
		}
		x.life().begin(purging, c, takes)
		return reply{status: http.StatusNoContent}, nil
	}
}

func (s shelf[T]) listDeleted(c *call) (reply, error) {
	all := s.of(c.v)
	return list(c, slices.Collect(maps.Keys(all)), func(name string) any {
		if x := all[name]; x.life().recoverable(c.now) {
			return x.brief(c)
		}
		return nil
	})
}
