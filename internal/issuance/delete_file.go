package issuance

import (
	"context"

	"certgate/internal/durable"
)

// deleteFile removes the validation files; also on failure and termination.
// A file that is gone already is fine.
func deleteFile(files ChallengeFiles) durable.Step[State] {
	return durable.Step[State]{
		Name:   "DeleteValidationFileFromBlobStorageStep",
		Says:   "Deleting verification files from Azure Blob Storage.",
		Title:  "Remove the validation file",
		Needed: func(s *State) bool { return s.by(MethodHTTP) },
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			for _, p := range s.Proofs {
				if p.Token == "" {
					continue
				}
				if err := files.Delete(ctx, p.Token); err != nil {
					return durable.Outcome{}, err
				}
			}
			return durable.Done(), nil
		},
	}
}
