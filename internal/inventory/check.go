package inventory

import (
	"errors"
	"fmt"
	"slices"
)

// Check is an error if a row lacks what every row has, or says what no reader knows: the
// mark of somebody's script, or of another release.
func (s *Stored) Check() error {
	switch {
	case !slices.Contains(States(), s.State):
		return fmt.Errorf("its state is %q", s.State)
	case !slices.Contains([]Source{SourceKeyVault, SourceUploaded, SourceSecretOnly, SourceHSM, SourceNone}, s.Source):
		return fmt.Errorf("its source is %q", s.Source)
	case !slices.Contains(Managers(), s.RenewedBy.Who):
		return fmt.Errorf("it is renewed by %q", s.RenewedBy.Who)
	case !slices.Contains([]ServedState{ServedSame, ServedOlder, ServedOther, ServedNone, ServedUnknown}, s.Served.State):
		return fmt.Errorf("what is served is %q", s.Served.State)
	case s.Hostnames == nil, s.Certificate != nil && s.Certificate.Names == nil:
		return errors.New("it has no list of names")
	}
	return nil
}
