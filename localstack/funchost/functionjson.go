package funchost

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// function is one function.json: a name and exactly one of the triggers.
type function struct {
	name  string
	http  *httpTrigger
	queue *queueTrigger
	timer *timerTrigger
}

type httpTrigger struct {
	methods  []string // upper case; none means all
	template template // with the route prefix
}

type queueTrigger struct {
	binding    string
	queue      string
	connection string // the connection string itself; never logged
	binary     bool   // dataType: the payload is base64, encoded once
}

type timerTrigger struct {
	binding      string
	schedule     schedule
	runOnStartup bool
	monitored    bool // the payload has a ScheduleStatus
}

// functionJSON is the part of the file that this host knows.
type functionJSON struct {
	Disabled bool            `json:"disabled"`
	Bindings []bindingJSON   `json:"bindings"`
	Retry    json.RawMessage `json:"retry"`
}

type bindingJSON struct {
	Type         string   `json:"type"`
	Direction    string   `json:"direction"`
	Name         string   `json:"name"`
	DataType     string   `json:"dataType"`
	AuthLevel    string   `json:"authLevel"`
	Route        *string  `json:"route"`
	Methods      []string `json:"methods"`
	QueueName    string   `json:"queueName"`
	Connection   string   `json:"connection"`
	Schedule     string   `json:"schedule"`
	RunOnStartup bool     `json:"runOnStartup"`
	UseMonitor   *bool    `json:"useMonitor"`
}

var (
	functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`)
	bindingName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,127}$`)
)

// readFunctions reads the function.json of each direct child of dir, sorted by
// name without regard to case: that order decides which route wins. All faults
// are reported together. Disabled functions are left out.
func readFunctions(dir string, m manifest, s settings) ([]function, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	var functions []function
	var faults []error
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name(), "function.json"))
		if err != nil {
			continue // not a function folder
		}
		f, enabled, err := parseFunction(entry.Name(), raw, m, s)
		if err != nil {
			faults = append(faults, fmt.Errorf("function %s: %w", entry.Name(), err))
		} else if enabled {
			functions = append(functions, f)
		}
	}
	slices.SortFunc(functions, func(a, b function) int {
		return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	})
	faults = append(faults, overlappingRoutes(functions)...)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if len(functions) == 0 {
		return nil, fmt.Errorf("no functions in %s: the handler would never be started", dir)
	}
	return functions, nil
}

func parseFunction(name string, raw []byte, m manifest, s settings) (f function, enabled bool, err error) {
	if !functionName.MatchString(name) || strings.EqualFold(name, "host") {
		return f, false, errors.New("the name must be a letter, then letters, digits, _ or -, at most 128 in all, and not host")
	}
	var file functionJSON
	if err := json.Unmarshal(raw, &file); err != nil {
		return f, false, fmt.Errorf("parse function.json: %w", err)
	}
	if file.Disabled || s.isTrue("AzureWebJobs."+name+".Disabled") || s.isTrue("AzureWebJobs__"+name+"__Disabled") {
		return f, false, nil
	}
	if len(file.Retry) > 0 && string(file.Retry) != "null" {
		return f, false, errors.New("retry is not supported here; for queues use maxDequeueCount and visibilityTimeout")
	}
	f.name = name
	trigger, err := onlyTrigger(file.Bindings)
	if err != nil {
		return f, false, err
	}
	switch {
	case strings.EqualFold(trigger.Type, "httpTrigger"):
		f.http, err = parseHTTPTrigger(name, trigger, m)
	case strings.EqualFold(trigger.Type, "queueTrigger"):
		f.queue, err = parseQueueTrigger(trigger, s)
	case strings.EqualFold(trigger.Type, "timerTrigger"):
		f.timer, err = parseTimerTrigger(trigger, s)
	default:
		err = fmt.Errorf("trigger type %q is not supported here", trigger.Type)
	}
	return f, true, err
}

// onlyTrigger finds the trigger and refuses every other binding but the http
// output of an HTTP function.
func onlyTrigger(bindings []bindingJSON) (bindingJSON, error) {
	var triggers, others []bindingJSON
	for _, b := range bindings {
		if !bindingName.MatchString(b.Name) && b.Name != "$return" {
			return bindingJSON{}, fmt.Errorf("binding name %q must be a letter, then letters and digits", b.Name)
		}
		if strings.HasSuffix(strings.ToLower(b.Type), "trigger") {
			triggers = append(triggers, b)
		} else {
			others = append(others, b)
		}
	}
	if len(triggers) != 1 {
		return bindingJSON{}, fmt.Errorf("it has %d triggers instead of one", len(triggers))
	}
	http := strings.EqualFold(triggers[0].Type, "httpTrigger")
	if http && (len(others) != 1 || !strings.EqualFold(others[0].Type, "http") || !strings.EqualFold(others[0].Direction, "out")) {
		return bindingJSON{}, errors.New("an HTTP function is proxied only if it has one httpTrigger and one http output and nothing else")
	}
	if !http && len(others) > 0 {
		return bindingJSON{}, fmt.Errorf("binding type %q is not supported here: use the service's SDK in the handler", others[0].Type)
	}
	return triggers[0], nil
}
