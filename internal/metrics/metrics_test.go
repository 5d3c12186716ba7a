package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const day = 24 * time.Hour

func TestAnIssuedCertificateShowsInTheFigures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Add("shop.example.com")
	w.Drain()
	record := w.Record("shop-example-com")
	text := w.scrape()
	for _, line := range []string{
		`certgate_certificates{state="ok"} 1`,
		`certgate_certificates{state="overdue"} 0`,
		fmt.Sprintf(`certgate_certificate_expiry_timestamp_seconds{hostname="shop.example.com",name="shop-example-com"} %.9e`, float64(record.NotAfter.Unix())),
		`certgate_instances_started{code="",flow="AddCertificateFunctions",status="Completed"} 1`,
		fmt.Sprintf(`certgate_instance_end_timestamp_seconds{code="",flow="AddCertificateFunctions",status="Completed"} %.9e`, float64(w.Instance(id).UpdatedAt.Unix())),
		`certgate_instances_active 0`,
		`certgate_queue_messages{queue="steps"} 0`,
		`certgate_queue_messages{queue="poison"} 0`,
		`certgate_state_read_success{part="certificates"} 1`,
		`certgate_state_read_partial{part="certificates"} 0`,
		`certgate_step_runs_total{flow="AddCertificateFunctions",result="done",step="ConfigureApplicationGatewayStep"} 1`,
		`certgate_step_run_duration_seconds_count{flow="AddCertificateFunctions",step="GetAcmeOrderStep"} 1`,
		`certgate_step_duration_seconds_count{flow="AddCertificateFunctions",step="GetAcmeOrderStep"} 1`,
		`certgate_instances_ended_total{code="",flow="AddCertificateFunctions",status="Completed"} 1`,
	} {
		if !has(text, line) {
			t.Errorf("the figures lack %s", line)
		}
	}
	if strings.Contains(text, "certgate_certificate_problem{") {
		t.Error("a fine certificate has a problem")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// What people are woken by: each trouble of a certificate names it.
func TestATroubledCertificateIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.Clock.Now()
	for name, r := range map[string]managed.Record{
		"expired": {NotBefore: now.Add(-91 * day), NotAfter: now.Add(-day)},
		"failing": {NotBefore: now.Add(-61 * day), NotAfter: now.Add(29 * day), Failures: 2, NextCheck: now.Add(-3 * time.Hour)},
		"astray":  {NotBefore: now.Add(-day), NotAfter: now.Add(89 * day), Served: managed.ServedOther, NextCheck: now.Add(day)},
		"retired": {NotBefore: now.Add(-91 * day), NotAfter: now.Add(-day), Retired: true, Failures: 9},
	} {
		r.Name, r.Hostnames = name, []string{name + ".example.com"}
		if err := w.Records.SaveRecord(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
	}
	text := w.scrape()
	for _, line := range []string{
		`certgate_certificate_problem{hostname="expired.example.com",name="expired",problem="expired"} 1`,
		`certgate_certificate_problem{hostname="failing.example.com",name="failing",problem="failing"} 1`,
		`certgate_certificate_problem{hostname="astray.example.com",name="astray",problem="notServed"} 1`,
		`certgate_certificates{state="retired"} 1`,
		fmt.Sprintf("certgate_certificate_check_due_timestamp_seconds %.9e", float64(now.Add(-3*time.Hour).Unix())),
	} {
		if !has(text, line) {
			t.Errorf("the figures lack %s", line)
		}
	}
	if strings.Contains(text, `name="retired"`) {
		t.Error("a retired certificate is still watched")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestWaitsRetriesFailuresAndWhereInstancesStandAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tries := 0
	w.CA.Refuse = func(issuance.OrderRequest) error {
		switch tries++; tries {
		case 1:
			return &durable.RetryLater{After: time.Hour, Reason: "The certificate authority limits requests."}
		case 2:
			return &durable.Transient{Err: errors.New("key=s3cret was refused")}
		}
		return &durable.Failure{Code: "CertificateAuthorityRefused", Message: "No.", Err: errors.New("key=s3cret")}
	}
	w.Add("shop.example.com")
	w.RunTo(w.Clock.Now().Add(30 * time.Minute))
	entered := w.Clock.Now().Add(-30 * time.Minute)
	waiting := w.scrape()
	for _, line := range []string{
		`certgate_instances_started{code="",flow="AddCertificateFunctions",status="Running"} 1`,
		fmt.Sprintf(`certgate_step_since_timestamp_seconds{flow="AddCertificateFunctions",step="GetAcmeOrderStep"} %.9e`, float64(entered.Unix())),
		`certgate_instances_active 1`,
		fmt.Sprintf(`certgate_step_due_timestamp_seconds %v`, float64(durable.DueMinute(entered.Add(time.Hour)).Unix())),
		`certgate_queue_messages{queue="steps"} 1`,
	} {
		if !has(waiting, line) {
			t.Errorf("while it waits the figures lack %s", line)
		}
	}
	w.Drain()
	w.Clock.Advance(time.Minute)
	text := w.scrape()
	for _, line := range []string{
		`certgate_step_runs_total{flow="AddCertificateFunctions",result="waiting",step="GetAcmeOrderStep"} 1`,
		`certgate_step_runs_total{flow="AddCertificateFunctions",result="retrying",step="GetAcmeOrderStep"} 1`,
		`certgate_step_runs_total{flow="AddCertificateFunctions",result="failed",step="GetAcmeOrderStep"} 1`,
		`certgate_instances_started{code="CertificateAuthorityRefused",flow="AddCertificateFunctions",status="Failed"} 1`,
		`certgate_instances_ended_total{code="CertificateAuthorityRefused",flow="AddCertificateFunctions",status="Failed"} 1`,
	} {
		if !has(text, line) {
			t.Errorf("the figures lack %s", line)
		}
	}
	if strings.Contains(waiting+text, "s3cret") {
		t.Error("a secret is in the figures")
	}
	if t.Failed() {
		t.Log(waiting, text)
	}
}

func TestPoisonRescuesAndLimitsOfTheAuthorityShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.looks.limits = map[string]map[string]time.Time{"zerossl": {"account": w.Clock.Now().Add(time.Hour)}}
	w.Pump.Poison = nil // nobody takes it out
	w.Pump.RetryAfter = 0
	handle := w.Pump.Handle
	w.Pump.Handle = func(context.Context, durable.Message, int) error { return errors.New("the process died") }
	id := w.Add("shop.example.com")
	w.Drain()
	buried := w.Clock.Now()
	w.Clock.Advance(time.Hour)
	if _, err := w.Runner.Rescue(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := w.scrape()
	for _, line := range []string{
		`certgate_queue_messages{queue="poison"} 1`,
		fmt.Sprintf(`certgate_poison_message_timestamp_seconds %.9e`, float64(buried.Unix())),
		`certgate_instances_rescued_total 1`,
		fmt.Sprintf(`certgate_authority_limit_until_timestamp_seconds{issuer="zerossl",scope="account"} %.9e`, float64(w.looks.limits["zerossl"]["account"].Unix())),
	} {
		if !has(text, line) {
			t.Errorf("the figures lack %s", line)
		}
	}
	if err := w.Runner.HandlePoison(t.Context(), w.Instance(id).Current()); err != nil {
		t.Fatal(err)
	}
	w.Pump.Handle = handle
	w.Drain()
	if text = w.scrape(); !has(text, "certgate_instances_poisoned_total 1") {
		t.Errorf("the figures lack the poisoned instance:\n%s", text)
	}
}

func TestTheFiguresAreWellFormedAndSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Add("shop.example.com")
	w.Drain()
	text := w.scrape()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for name, family := range figures(t, text) {
		if !strings.HasPrefix(name, "certgate_") {
			continue // the process collector's own
		}
		process, state := strings.HasSuffix(family.GetHelp(), "Of this process, since it started."), strings.HasSuffix(family.GetHelp(), "From stored state: every process says the same.")
		if process == state {
			t.Errorf("%s does not say whether it is of the process or of all: %q", name, family.GetHelp())
		}
	}
}
