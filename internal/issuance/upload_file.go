package issuance

import (
	"context"
	"time"

	"certgate/internal/durable"
)

// uploadFile puts the validation files where the gateway's path rule finds
// them, and with a path has that rule made if it is missing: once per gateway,
// but then it takes as long as any update of it, hence the limit. Storing a file
// again is harmless.
func uploadFile(files ChallengeFiles, path ChallengePath) durable.Step[State] {
	return durable.Step[State]{
		Name:   "UploadValidationFileToBlobStorageStep",
		Says:   "Uploading hostname ownership verification file to Azure Blob Storage.",
		Title:  "Upload the validation file",
		Within: 6 * time.Hour,
		Needed: func(s *State) bool { return s.by(MethodHTTP) },
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if path != nil && len(s.openFiles()) > 0 {
				if stands, err := path.WantChallengePath(ctx, t); err != nil {
					return durable.Outcome{}, err
				} else if !stands {
					return durable.Park(), nil
				}
				s.PathMade = s.PathMade || t.Woken // it was not there when it was first asked for
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
