package storm

import (
	"context"
	"net/http"
	"slices"

	"certgate/localstack/apiclient"
)

// watcher is what is to be done while a life begins; nil if nothing is.
func (l *load) watcher(life Life, host string) func(context.Context, apiclient.Instance) error {
	done := false
	acts := life.Acts[host]
	switch {
	case life.TerminateIn != "":
		return func(ctx context.Context, i apiclient.Instance) error {
			if done || !reached(i.CustomStatus.Status, life.TerminateIn) {
				return nil
			}
			done = true
			return l.terminate(ctx, i.ID)
		}
	case len(acts) > 0 && acts[0] == Suggested:
		// The advice must be there when certgate asks for the first time, soon after
		// the certificate is in service: it asks again only hours later.
		return func(ctx context.Context, i apiclient.Instance) error {
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
	"GetApplicationGatewayPublicIpStep", "CheckDnsResolutionStep", "ChooseValidationStep", "GetAcmeOrderStep", "GetAcmeHttp01ChallengeStep",
	"UploadValidationFileToBlobStorageStep", "CreateDnsRecordsStep", "CheckDnsRecordsStep", "AnswerAcmeHttp01ChallengeStep",
	"CheckAcmeOrderStep", "CreateCertificateStep", "DeleteDnsRecordsStep", "DeleteValidationFileFromBlobStorageStep", "ConfigureApplicationGatewayStep", "VerifyServedCertificateStep",
}

// reached reports whether a status is the wanted step or a later one.
func reached(status, step string) bool {
	return slices.Index(issueSteps, status) >= slices.Index(issueSteps, step)
}

func (l *load) terminate(ctx context.Context, id string) error {
	l.mu.Lock()
	l.stopped[id] = true
	l.mu.Unlock()
	_, err := l.api.Do(ctx, apiclient.Call{Method: http.MethodPost, Path: "/api/instances/" + id + "/terminate?reason=the+storm"})
	if apiclient.CodeOf(err) == "InstanceEnded" {
		return nil // it was faster
	}
	return err
}
