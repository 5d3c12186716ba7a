package preflight

import "context"

// engineStorage: without tables and queues nothing moves.
func engineStorage() check {
	return check{
		name: "engineStorage", title: "Queues and tables answer", group: groupEngine,
		fix: `Give the app's identity the roles "Storage Table Data Contributor" and "Storage Queue Data Contributor" on the storage account of AzureWebJobsStorage, and check the account's firewall.`,
		run: func(ctx context.Context, f *facts) verdict {
			for _, answers := range f.config.Storage {
				if err := answers(ctx); err != nil {
					v := fail("Tables or queues of the engine's storage account do not answer.").silent()
					v.err = err
					return v
				}
			}
			return pass("Tables and queues of the engine answer.")
		},
	}
}
