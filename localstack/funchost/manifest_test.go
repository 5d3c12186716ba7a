package funchost

import (
	"strings"
	"testing"
	"time"
)

func load(t *testing.T, files appFiles, env ...string) (*app, error) {
	t.Helper()
	h, err := New(Config{ScriptRoot: writeApp(t, files), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return h.load()
}

func TestFaultyAppsAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	const good = `{"version":"2.0","customHandler":{"enableProxyingHttpRequest":true,"description":{"defaultExecutablePath":"handler"}}`
	tick := map[string]string{"Tick": timerFunction}
	timer := func(schedule string) map[string]string {
		return map[string]string{"Tick": strings.Replace(timerFunction, "0 0 0 1 1 *", schedule, 1)}
	}
	one := func(function string) map[string]string { return map[string]string{"F": function} }
	cases := []struct {
		name      string
		host      string
		functions map[string]string
		env       []string
		want      string
	}{
		{"version as a number", `{"version":2.0}`, tick, nil, `must be the string "2.0"`},
		{"no executable", `{"version":"2.0","customHandler":{"description":{}}}`, tick, nil, "defaultExecutablePath is required"},
		{"not JSON", `{`, tick, nil, "parse host.json"},
		{"batch size", good + `,"extensions":{"queues":{"batchSize":33}}}`, tick, nil, "extensions.queues.batchSize"},
		{"overridden batch size", good + `}`, tick, []string{"AzureFunctionsJobHost__extensions__queues__batchSize=many"}, `"many" is not a number`},
		{"24 hours", good + `,"functionTimeout":"24:00:00"}`, tick, nil, "functionTimeout"},
		{"encoding", good + `,"extensions":{"queues":{"messageEncoding":"utf8"}}}`, tick, nil, "neither base64 nor none"},
		{"no functions", good + `}`, nil, nil, "no functions in"},
		{"default mode", `{"version":"2.0","customHandler":{"enableForwardingHttpRequest":true,"description":{"defaultExecutablePath":"h"}}}`,
			one(httpFunction("")), nil, "enableProxyingHttpRequest"},
		{"extra output", good + `}`, one(`{"bindings":[{"type":"httpTrigger","name":"r"},{"type":"http","direction":"out","name":"$return"},{"type":"queue","direction":"out","name":"q"}]}`),
			nil, "one httpTrigger and one http output"},
		{"output of a timer", good + `}`, one(`{"bindings":[{"type":"timerTrigger","name":"t","schedule":"0 * * * * *"},{"type":"queue","direction":"out","name":"q"}]}`), nil, `binding type "queue"`},
		{"two triggers", good + `}`, one(`{"bindings":[{"type":"timerTrigger","name":"t"},{"type":"queueTrigger","name":"q"}]}`), nil, "2 triggers"},
		{"unknown trigger", good + `}`, one(`{"bindings":[{"type":"blobTrigger","name":"b"}]}`), nil, `"blobTrigger"`},
		{"retry", good + `}`, one(`{"retry":{"strategy":"fixedDelay"},"bindings":[{"type":"timerTrigger","name":"t"}]}`), nil, "retry"},
		{"reserved route", good + `}`, one(httpFunction(`,"route":"administrators"`)), nil, "keeps for itself"},
		{"function key", good + `}`, one(`{"bindings":[{"type":"httpTrigger","name":"r"},{"type":"http","direction":"out","name":"$return"}]}`), nil, "authLevel"},
		{"constraint", good + `}`, one(httpFunction(`,"route":"x/{id:int}"`)), nil, "constraints"},
		{"same route", good + `}`, map[string]string{"A": httpFunction(`,"route":"x","methods":["get"]`), "B": httpFunction(`,"route":"X"`)}, nil, "A and B have the same route"},
		{"function name", good + `}`, map[string]string{"1st": timerFunction}, nil, "function 1st: the name"},
		{"binding name", good + `}`, one(`{"bindings":[{"type":"timerTrigger","name":"my-timer"}]}`), nil, `binding name "my-timer"`},
		{"connection", good + `}`, one(queueFunction("jobs")), nil, "setting AzureWebJobsStorage"},
		{"queue name", good + `}`, one(queueFunction("a_b")), []string{"AzureWebJobsStorage=UseDevelopmentStorage=true"}, "queue name"},
		{"setting in a queue name", good + `}`, one(queueFunction("jobs-%STAGE%")), []string{"AzureWebJobsStorage=UseDevelopmentStorage=true"}, "%STAGE%"},
		{"schedule", good + `}`, timer("whenever"), nil, `schedule "whenever"`},
		{"setting in a schedule", good + `}`, timer("%WHEN%"), nil, "%WHEN%"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := appFiles{"host.json": c.host}
			for name, content := range c.functions {
				files[name+"/function.json"] = content
			}
			if _, err := load(t, files, c.env...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that says %s", err, c.want)
			}
		})
	}
}

func TestSettingsOverrideHostJSON(t *testing.T) {
	t.Parallel()
	a, err := load(t, appFiles{
		"host.json":            hostJSON(`"functionTimeout":"-1","extensions":{"http":{"routePrefix":"v1"},"queues":{"batchSize":8,"visibilityTimeout":"00:00:30"}},`),
		"Job/function.json":    queueFunction("Jobs-%stage%"),
		"Off/function.json":    timerFunction,
		"Web/function.json":    httpFunction(`,"route":"/x"`),
		"notes/readme.txt":     "no function",
		"outer/In/function.md": "no function either",
	},
		"AzureWebJobsStorage=UseDevelopmentStorage=true", "STAGE=Test", "AzureWebJobs.Off.Disabled=1",
		"AzureFunctionsJobHost__Extensions__Queues__BatchSize=1", "AzureFunctionsJobHost__extensions__queues__newBatchThreshold=0",
		"AZURE_FUNCTIONS_ENVIRONMENT=Development")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.names(); got != "[Job Web]" {
		t.Errorf("functions are %s", got)
	}
	want := queueOptions{batchSize: 1, newBatchThreshold: 0, maxPollingEvery: 2 * time.Second, visibilityTimeout: 30 * time.Second, maxDequeueCount: 5, base64: true}
	if got := a.listeners[0].options; got != want {
		t.Errorf("queue options are %+v, want %+v", got, want)
	}
	if got := a.listeners[0].trigger.queue; got != "jobs-test" {
		t.Errorf("queue is %s", got)
	}
	if !a.functions[1].http.template.matches("/v1/x") {
		t.Errorf("template is %q", a.functions[1].http.template.text)
	}
	if a.admin.invoker.timeout != 0 {
		t.Errorf("functionTimeout -1 became %s", a.admin.invoker.timeout)
	}
}

func TestFunctionsMayLieBesideTheScriptRoot(t *testing.T) {
	t.Parallel()
	h, err := New(Config{
		ScriptRoot:   writeApp(t, appFiles{"host.json": hostJSON("")}),
		FunctionsDir: writeApp(t, appFiles{"Tick/function.json": timerFunction}),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.load()
	if err != nil || a.names() != "[Tick]" {
		t.Errorf("loaded %v, %v", a, err)
	}
}

func TestConfigThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, {ScriptRoot: ".", MaxHandlerErrors: -1}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func TestTimeSpans(t *testing.T) {
	t.Parallel()
	good := map[string]time.Duration{
		"00:00:30": 30 * time.Second, "00:05": 5 * time.Minute, "1.02:03:04": 26*time.Hour + 3*time.Minute + 4*time.Second,
		"00:00:00.25": 250 * time.Millisecond,
	}
	for text, want := range good {
		if got, err := parseTimeSpan(text); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5m", "30", "24:00:00", "00:60:00", "00:00:99", "-00:00:01", "99999999999999999999.00:00:00"} {
		if got, err := parseTimeSpan(text); err == nil {
			t.Errorf("%s was read as %s", text, got)
		}
	}
}
