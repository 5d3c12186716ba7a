package preflight

import "context"

// blobRights: validation files can be written and deleted.
func blobRights() check {
	return check{
		name: "blobRights", title: "Validation files can be written", group: groupChallenge,
		fix: `Create the container of BlobContainerUrl, and give the app's identity the role "Storage Blob Data Contributor" on it.`,
		run: func(ctx context.Context, f *facts) verdict {
			if err := f.config.Files.CheckRights(ctx); err != nil {
				return because(err)
			}
			return pass("Validation files can be written and deleted.")
		},
	}
}
