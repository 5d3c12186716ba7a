package issuance

import (
	"context"

	"certgate/internal/durable"
)

// uploadFile puts the validation files where the gateway's path rule finds
// them. Storing a file again is harmless.
func uploadFile(files ChallengeFiles) durable.Step[State] {
	return durable.Step[State]{
		Name: "UploadValidationFileToBlobStorageStep",
		Says: "Uploading hostname ownership verification file to Azure Blob Storage.",
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			for _, p := range s.open() {
				if err := files.Put(ctx, p.Token, p.Content); err != nil {
					return durable.Outcome{}, err
				}
			}
			return durable.Done(), nil
		},
	}
}
