package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/internal/delivery/target"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Resources reads and puts resources of Azure by their ids. Errors: *durable.Failure with
// CodeTargetAccessDenied, CodeTargetResourceNotFound or CodeTargetRefused,
// *durable.RetryLater, *durable.Transient.
type Resources interface {
	// Get returns what the service tells of a resource; nil if there is none.
	Get(ctx context.Context, id, apiVersion string) ([]byte, error)
	// Put puts it. An operation that goes on has a token to Follow it by.
	Put(ctx context.Context, id, apiVersion string, body any) (operation string, after time.Duration, err error)
	// Follow asks once how far an operation is. One that is not known any more is done:
	// what came of it shows the resource.
	Follow(ctx context.Context, operation string) (done bool, after time.Duration, err error)
}

const (
	// pushWithin is how long a service may be away.
	pushWithin = 6 * time.Hour
	// mostPuts bounds how often a resource is put that then has another version: the look
	// at what is served has the last word.
	mostPuts   = 4
	pauseOfPut = time.Minute
	pauseOfARM = 5 * time.Second
)

// push puts the certificate's resource until it has the version. It asks first, so a second
// run, and a version that the service has fetched by itself, put nothing.
func (d *Deliveries) push(ctx context.Context, _ durable.Turn, s *state) (durable.Outcome, error) {
	o, err := d.pushed(ctx, s)
	if errors.As(err, new(*durable.Failure)) {
		if noteErr := d.note(ctx, s); noteErr != nil {
			return durable.Outcome{}, noteErr
		}
	}
	return o, err
}

func (d *Deliveries) pushed(ctx context.Context, s *state) (durable.Outcome, error) {
	if w, ok := d.find(s.Target, hostnamesOf(s.Input)); !ok || w.Resource == nil {
		return durable.Done(), nil // nobody is to be told
	}
	w, r, over, err := d.current(ctx, s)
	if err != nil || over != "" {
		return durable.Done(), err // the next step ends it, with the reason
	}
	if s.Operation != "" {
		done, after, err := d.Resources.Follow(ctx, s.Operation)
		if err != nil {
			return durable.Outcome{}, err
		}
		if !done {
			return durable.Wait(max(after, pauseOfARM), fmt.Sprintf("The target %s is taking the certificate over.", w.Name)), nil
		}
		s.Operation = ""
	}
	p := target.Pushed{Certificate: r.Name, Version: r.Version, Thumbprint: r.Thumbprint, VaultURL: d.Vault.URL, VaultID: d.Vault.ID}
	id := w.Resource.ID(r.Name)
	told, err := d.Resources.Get(ctx, id, w.Resource.APIVersion)
	if err != nil {
		return durable.Outcome{}, err
	}
	var stands target.Standing
	if told != nil {
		stands = w.Resource.Stands(told, p)
	}
	switch {
	case stands.Done:
		return durable.Done(), nil
	case stands.Busy:
		return durable.Wait(pauseOfARM, fmt.Sprintf("The target %s is taking the certificate over.", w.Name)), nil
	case stands.Fault != "" && s.Puts > 0:
		return durable.Outcome{}, &durable.Failure{Code: CodeTargetRefused, Message: fmt.Sprintf("The target %s did not take certificate %s. %s", w.Name, r.Name, stands.Fault)}
	case w.Resource.MostPuts == 1 && s.Puts > 0:
		return durable.Done().Noting("The service has been told, and reads the vault by itself."), nil
	case s.Puts >= cmp.Or(w.Resource.MostPuts, mostPuts):
		return durable.Done().Noting("Warning: the service was told of the version several times and goes on with another one."), nil
	}
	operation, after, err := d.Resources.Put(ctx, id, w.Resource.APIVersion, w.Resource.Body(p))
	if err != nil {
		return durable.Outcome{}, err
	}
	s.Puts, s.Operation = s.Puts+1, operation
	pause := max(after, pauseOfARM)
	if s.Puts > 1 {
		pause = max(pause, pauseOfPut)
	}
	return durable.Wait(pause, fmt.Sprintf("The target %s was told of the certificate.", w.Name)), nil
}

// current is the target of a delivery and the record of its certificate, as they are now.
// over is why there is nothing to deliver any more, result what that comes to.
func (d *Deliveries) current(ctx context.Context, s *state) (w wanted, r *managed.Record, over string, err error) {
	w, ok := d.find(s.Target, hostnamesOf(s.Input))
	if !ok {
		return w, nil, s.end(ResultDropped, "The settings do not name this target for the certificate any more."), nil
	}
	r, err = d.Records.Record(ctx, s.Certificate)
	switch {
	case errors.Is(err, durable.ErrNotFound):
		return w, nil, s.end(ResultDropped, "The certificate is not managed any more."), nil
	case err != nil:
		return w, nil, "", fmt.Errorf("read the record of certificate %s: %w", s.Certificate, err)
	case r.Retired:
		return w, nil, s.end(ResultDropped, "The certificate is retired."), nil
	case r.Version != s.Version:
		return w, nil, s.end(ResultSuperseded, "Key Vault has a newer version by now, which is delivered by itself."), nil
	}
	return w, r, "", nil
}

// end notes what a delivery that completes comes to.
func (s *state) end(result, why string) string {
	s.Result = result
	return why
}
