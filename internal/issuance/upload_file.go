package issuance

import (
	"context"
	"time"

	"certgate/internal/durable"
)

const stepUploadFile = "UploadValidationFileToBlobStorageStep"

// uploadFile puts the validation files where the gateway's path rule finds
// them, and where port 80 is certgate's has that rule made if it is missing: once per gateway,
// but then it takes as long as any update of it, hence the limit. Storing a file
// again is harmless.
func uploadFile(files ChallengeFiles, gateways Gateways) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepUploadFile,
		Says:   "Uploading hostname ownership verification file to Azure Blob Storage.",
		Title:  "Upload the validation file",
		Within: 6 * time.Hour,
		Needed: func(s *State) bool { return s.by(MethodHTTP) },
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			for s.Paths < len(s.gateways()) && len(s.openFiles()) > 0 {
				name := s.gateways()[s.Paths]
				gateway, err := gateways.Named(name)
				if err != nil {
					return durable.Outcome{}, err
				}
				asked := gateway.Path != nil
				if asked {
					if stands, err := gateway.Path.WantChallengePath(ctx, t); err != nil {
						return durable.Outcome{}, on(name, s.gateways(), err)
					} else if !stands {
						return durable.Park(), nil
					}
					s.PathMade = s.PathMade || t.Woken // it was not there when it was first asked for
				}
				if s.Paths++; t.Woken && asked && s.Paths < len(s.gateways()) {
					return durable.GoTo(stepUploadFile), nil // one wish to a lane for each turn
				}
			}
			for _, p := range s.openFiles() {
				if err := files.Put(ctx, p.Token, p.Content); err != nil {
					return durable.Outcome{}, err
				}
			}
			return durable.Done(), nil
		},
	}
}
