package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/secretid"
)

// secretsAtOnce bounds how many secrets are asked for side by side; a gateway has
// room for a hundred.
const secretsAtOnce = 10

// gatewayCertificates: the vault still has what the gateway's certificate entries
// refer to. One entry that cannot be read, used or not, makes the gateway refuse
// every change. Only the vault of the settings can be asked.
func gatewayCertificates() check {
	return check{
		name: "gatewayCertificates", title: "Certificates on the gateway", group: groupGateway,
		fix: "Recover or enable the secret in Key Vault, or give the listener another certificate.",
		run: func(ctx context.Context, f *facts) verdict {
			doc, err := f.document()
			if err != nil {
				return f.look(nil)
			}
			survey, err := f.survey()
			if err != nil {
				return f.look(nil)
			}
			secrets := f.fromVault(survey.Secrets)
			troubles, err := f.troubles(ctx, secrets)
			if failure := (*durable.Failure)(nil); errors.As(err, &failure) {
				v := unknown("Key Vault does not list secrets for the app, so whether the gateway can read its certificates is not known.").
					fixedBy(`Give the app's identity the role "Key Vault Secrets Officer" on the vault.`)
				v.err = err
				return v
			}
			if err != nil {
				v := because(err)
				if v.fix == "" { // the check's own is about entries, and nothing is known of them
					v = v.fixedBy("Ask again when Key Vault answers.")
				}
				return v
			}
			return brokenEntries(doc, secrets, troubles)
		},
	}
}

// troubles asks for each secret why it cannot be read.
func (f *facts) troubles(ctx context.Context, secrets []string) ([]string, error) {
	troubles := make([]string, len(secrets))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(secretsAtOnce)
	for i, text := range secrets {
		group.Go(func() (err error) {
			id, _ := secretid.Parse(text)
			troubles[i], err = f.config.Vault.SecretTrouble(ctx, id.Name, id.Version)
			return err
		})
	}
	return troubles, group.Wait()
}

func brokenEntries(doc *gatewaydoc.Document, secrets, troubles []string) verdict {
	var findings, fixes []string
	for i, text := range secrets {
		if troubles[i] == "" {
			continue
		}
		id, _ := secretid.Parse(text)
		for _, entry := range doc.EntriesWith(text) {
			findings = append(findings, fmt.Sprintf("the certificate %s, whose secret %s %s", entry, id.Name, troubles[i]))
			if user := doc.UserOf(entry); user == "" {
				fixes = append(fixes, fmt.Sprintf("No listener uses %s: remove it from the gateway.", entry))
			} else {
				fixes = append(fixes, fmt.Sprintf("%s is used by %s: recover or enable the secret in Key Vault, or give that another certificate and remove %s.", entry, user, entry))
			}
		}
	}
	if len(findings) == 0 {
		return pass("Key Vault has all certificates of this vault that the gateway uses.")
	}
	return fail("The gateway takes no change, because it cannot read %s.", strings.Join(findings, "; ")).fixedBy("%s", strings.Join(fixes, " "))
}
