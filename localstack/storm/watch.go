package storm

import (
	"context"
	"net/http"
	"slices"
)

// watcher is what is to be done while a life begins; nil if nothing is.
func (l *load) watcher(life Life, host string) func(context.Context, Instance) error {
	done := false
	acts := life.Acts[host]
	switch {
	case life.TerminateIn != "":
		return func(ctx context.Context, i Instance) error {
			if done || !reached(i.CustomStatus.Status, life.TerminateIn) {
				return nil
			}
			done = true
			return l.terminate(ctx, i.ID)
		}
	case len(acts) > 0 && acts[0] == Suggested:
		// The advice must be there when certgate asks for the first time, soon after
		// the certificate is in service: it asks again only hours later.
		return func(ctx context.Context, i Instance) error {
			if done || !reached(i.CustomStatus.Status, "DeleteValidationFileFromBlobStorageStep") {
				return nil
			}
			done = true
			return l.suggest(ctx, host)
		}
	}
	return nil
}

// issueSteps are the published statuses of an issue, in their order.
var issueSteps = []string{
	"GetApplicationGatewayPublicIpStep", "CheckDnsResolutionStep", "GetAcmeOrderStep", "GetAcmeHttp01ChallengeStep",
	"UploadValidationFileToBlobStorageStep", "AnswerAcmeHttp01ChallengeStep", "CheckAcmeOrderStep", "CreateCertificateStep",
	"DeleteValidationFileFromBlobStorageStep", "ConfigureApplicationGatewayStep", "VerifyServedCertificateStep",
}

// reached reports whether a status is the wanted step or a later one.
func reached(status, step string) bool {
	return slices.Index(issueSteps, status) >= slices.Index(issueSteps, step)
}

func (l *load) terminate(ctx context.Context, id string) error {
	l.mu.Lock()
	l.stopped[id] = true
	l.mu.Unlock()
	_, _, err := l.api.call(ctx, http.MethodPost, "/api/instances/"+id+"/terminate?reason=the+storm", "")
	if codeOf(err) == "InstanceEnded" {
		return nil // it was faster
	}
	return err
}
