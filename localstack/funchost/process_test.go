package funchost

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/localstack/waittest"
)

func timerBench(t *testing.T, host string, config Config) *bench {
	t.Helper()
	return newBench(t, appFiles{"host.json": host, "Tick/function.json": timerFunction}, config)
}

func TestHandlerGetsTheContractsEnvironmentAndNothingElse(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(""), Config{Env: []string{"APP_SETTING=one"}})
	b.trigger(t, "Tick", "")
	var names []string
	values := map[string]string{}
	for _, pair := range b.control.await(t, "/Tick", 1).Env {
		name, value, _ := strings.Cut(pair, "=")
		names, values[name] = append(names, name), value
	}
	slices.Sort(names)
	want := []string{"APP_SETTING", controlVariable, "FUNCTIONS_APP_ROOT_PATH", "FUNCTIONS_CUSTOMHANDLER_PORT",
		"FUNCTIONS_CUSTOMHANDLER_WORKER_ID", "FUNCTIONS_HTTPWORKER_ID", "FUNCTIONS_HTTPWORKER_PORT"}
	// Go adds PWD when the working directory is set.
	names = slices.DeleteFunc(names, func(name string) bool { return name == "PWD" })
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("environment has %v, want %v", names, want)
	}
	if values["FUNCTIONS_CUSTOMHANDLER_PORT"] != values["FUNCTIONS_HTTPWORKER_PORT"] ||
		values["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] != values["FUNCTIONS_HTTPWORKER_ID"] || !filepath.IsAbs(values["FUNCTIONS_APP_ROOT_PATH"]) {
		t.Errorf("the five variables do not agree: %v", values)
	}
}

func TestHandlerOutputIsLoggedByStream(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(""), Config{})
	b.awaitLog(t, `level=INFO msg="handler says hello"`)
	b.awaitLog(t, `level=ERROR msg="handler complains"`)
	b.awaitLog(t, `level=WARN msg="handler Warns"`)
}

func TestArgumentsAreExpandedAndJoinedWithBlanks(t *testing.T) {
	t.Parallel()
	host := strings.Replace(hostJSON(""), `"description":{`, `"description":{"arguments":["%MODE%","two words","%UNSET%"],`, 1)
	b := timerBench(t, host, Config{Env: []string{"mode=serve"}})
	b.trigger(t, "Tick", "")
	if got := b.control.await(t, "/Tick", 1).Arguments; !slices.Equal(got, []string{"serve", "two", "words"}) {
		t.Errorf("arguments are %q", got)
	}
}

func TestExitZeroIsNotRestarted(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(""), Config{})
	zero := 0
	b.control.order("/Tick", act{Exit: &zero})
	b.trigger(t, "Tick", "")
	b.awaitLog(t, "handler exited with 0 and is not restarted")
	b.trigger(t, "Tick", "")
	b.awaitLog(t, "connection refused")
	if pid := b.HandlerPID(); pid != 0 {
		t.Errorf("process %d runs", pid)
	}
}

func TestOtherExitCodesAreRestartedUntilTheHostGivesUp(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var pids []int
	b := timerBench(t, hostJSON(""), Config{MaxHandlerErrors: 2, OnHandlerStart: func(pid int) {
		mu.Lock()
		defer mu.Unlock()
		pids = append(pids, pid)
	}})
	three, restart := 3, exitRestart
	b.control.order("/Tick", act{Exit: &restart}, act{Exit: &restart}, act{Exit: &three})
	started := func() int { mu.Lock(); defer mu.Unlock(); return len(pids) }
	for n := range 4 { // two restarts that do not count, two errors
		waittest.Until(t, waittest.Patience, "the handler is replaced", func() bool { return started() == n+1 })
		b.trigger(t, "Tick", "")
	}
	select {
	case err := <-b.ended:
		if !errors.Is(err, ErrHandlerGivenUp) {
			t.Errorf("Run returned %v", err)
		}
	case <-time.After(waittest.Patience):
		t.Fatal("the host goes on")
	}
	if got := started(); got != 4 {
		t.Errorf("%d handlers were started, want four", got)
	}
}

func TestHandlerThatNeverAnswersStopsTheHost(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"0", "5"} {
		b := prepareBench(t, appFiles{"host.json": hostJSON(""), "Tick/function.json": timerFunction}, Config{Env: []string{startVariable + "=" + code}})
		b.start(t)
		select {
		case err := <-b.ended:
			if !errors.Is(err, ErrHandlerGivenUp) || !strings.Contains(err.Error(), "3 times") {
				t.Errorf("Run returned %v", err)
			}
		case <-time.After(waittest.Patience):
			t.Fatal("the host goes on")
		}
	}
}

func TestInvocationsWaitWhileTheHandlerRestarts(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(""), Config{MaxHandlerErrors: 10})
	for n := range 3 {
		if err := b.KillHandler(); err != nil {
			t.Fatal(err)
		}
		waittest.Until(t, waittest.Patience, "the supervisor has seen the death", func() bool { return b.logs.count("handler failed") > n })
		b.trigger(t, "Tick", "")
		waittest.Until(t, waittest.Patience, "the function has run", func() bool { return b.logs.count("function succeeded") > n })
	}
	if b.logs.count("function failed") != 0 {
		t.Error("an invocation failed although the handler came back")
	}
}

func TestFunctionTimeoutKillsTheHandlerWithoutCounting(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(`"functionTimeout":"00:00:00.1",`), Config{MaxHandlerErrors: 1})
	b.control.hold("/Tick")
	before := b.HandlerPID()
	b.trigger(t, "Tick", "")
	b.awaitLog(t, "functionTimeout is over")
	b.awaitLog(t, "function failed")
	waittest.Until(t, waittest.Patience, "another handler runs", func() bool { pid := b.HandlerPID(); return pid != 0 && pid != before })
}

func TestReplyRules(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(""), Config{})
	cases := []struct {
		name  string
		reply act
		log   string
	}{
		{"empty", act{Status: 200}, "the reply is empty or null"},
		{"no content", act{Status: 204}, "the reply is empty or null"},
		{"null", act{Status: 200, ContentType: "application/json", Body: " null "}, "the reply is empty or null"},
		{"text", act{Status: 200, ContentType: "text/plain", Body: "OK"}, "not application/json"},
		{"array", act{Status: 200, ContentType: "application/json", Body: "[]"}, "is not the JSON object"},
		{"redirect", act{Status: 302, ContentType: "application/json", Body: "{}"}, "Response status code does not indicate success: 302 (Found)."},
		{"error", act{Status: 503, ContentType: "application/json", Body: `{"Logs":["why it failed"]}`}, "Response status code does not indicate success: 503 (Service Unavailable)."},
		{"object", act{Status: 200, ContentType: "application/json", Body: "{}"}, "function succeeded"},
		{"logs", act{Status: 202, ContentType: "application/json; charset=utf-8", Body: `{"Logs":["a line of the function"]}`}, "a line of the function"},
	}
	for _, c := range cases {
		b.control.order("/Tick", c.reply)
		before := b.logs.count(c.log)
		b.trigger(t, "Tick", "")
		waittest.Until(t, waittest.Patience, c.name+": the log says "+c.log, func() bool { return b.logs.count(c.log) > before })
	}
	if strings.Contains(b.logs.String(), "why it failed") {
		t.Error("the logs of a failed reply are in the log: the platform drops them")
	}
	if !strings.Contains(b.logs.String(), `level=ERROR msg="function failed"`) {
		t.Error("a failed invocation is not logged as an error")
	}
}

func TestEmptyReplyHangsUntilFunctionTimeoutOnRequest(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(`"functionTimeout":"00:00:00.1",`), Config{HangOnEmptyReply: true})
	b.control.order("/Tick", act{Status: 200})
	b.trigger(t, "Tick", "")
	b.awaitLog(t, "function hangs")
	b.awaitLog(t, "functionTimeout is over")
	b.awaitLog(t, "function failed")
}
