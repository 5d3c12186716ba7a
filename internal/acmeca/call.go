package acmeca

import (
	"context"
	"fmt"

	"github.com/go-acme/lego/v4/acme/api"
)

// call makes one request of the account's. An authority that has lost the
// account (it was reset) gets it back under the same key, and the request once
// more. The reply is the last one from the wire, also with an error.
func (ca *CA) call(ctx context.Context, op operation, request func(*api.Core) error) (reply, error) {
	acc, err := ca.ensureAccount(ctx, "")
	if err != nil {
		return reply{}, err
	}
	r, err := ca.signed(ctx, op, acc, request)
	if kind(r.problem()) != problemAccountDoesNotExist {
		return r, err
	}
	ca.log.WarnContext(ctx, "the certificate authority does not know the ACME account any more", "account", acc.url, "operation", op.name)
	if acc, err = ca.ensureAccount(ctx, acc.url); err != nil {
		return reply{}, err
	}
	return ca.signed(ctx, op, acc, request)
}

// signed makes a request with the account's key and, if it has one, its URL.
func (ca *CA) signed(ctx context.Context, op operation, acc *account, request func(*api.Core) error) (reply, error) {
	dir, err := ca.directory(ctx)
	if err != nil {
		return reply{}, err
	}
	x := &exchange{ctx: ctx, ca: ca, directory: dir}
	err = guarded(func() error {
		core, err := api.New(x.client(), ca.userAgent, dir.url, acc.url, acc.key)
		if err != nil {
			return err
		}
		return request(core)
	})
	ca.log.DebugContext(ctx, "ACME request", "operation", op.name, "status", x.last.status, "ok", err == nil)
	switch {
	case err == nil:
		return x.last, nil
	case x.err != nil: // lego loses the chain of an error on the way to a nonce
		return reply{}, unreachable(op.name, x.err)
	case x.last.status == 0 && ctx.Err() != nil: // nothing was sent
		return reply{}, unreachable(op.name, context.Cause(ctx))
	case x.last.status == 0:
		return reply{}, ours(op.name, err)
	}
	return x.last, ca.classify(op, x.last, err)
}

// guarded turns lego's panics (an error reply with the body null) into errors.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	return f()
}
