package funchost

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func parseHTTPTrigger(name string, b bindingJSON, m manifest) (*httpTrigger, error) {
	if !m.proxying {
		return nil, errors.New("HTTP functions need customHandler.enableProxyingHttpRequest set to true in host.json")
	}
	if !strings.EqualFold(b.AuthLevel, "anonymous") {
		return nil, fmt.Errorf("authLevel %q needs a key of the function, which is not supported here: only anonymous is", b.AuthLevel)
	}
	route := name
	if b.Route != nil {
		route = strings.Trim(*b.Route, "/")
	}
	// The platform compares text, not segments: "administrators" is refused too.
	if lower := strings.ToLower(route); strings.HasPrefix(lower, "admin") || strings.HasPrefix(lower, "runtime") {
		return nil, fmt.Errorf("route %q starts with a word that the host keeps for itself", route)
	}
	t := &httpTrigger{}
	var err error
	if t.template, err = parseTemplate(strings.Trim(m.routePrefix+"/"+route, "/")); err != nil {
		return nil, err
	}
	for _, method := range b.Methods {
		t.methods = append(t.methods, strings.ToUpper(method))
	}
	return t, nil
}

func (t *httpTrigger) allows(method string) bool {
	return len(t.methods) == 0 || slices.Contains(t.methods, method)
}

// overlappingRoutes names pairs of functions with the same template and a
// method in common.
func overlappingRoutes(functions []function) []error {
	var faults []error
	for i, a := range functions {
		for _, b := range functions[i+1:] {
			if a.http == nil || b.http == nil || !strings.EqualFold(a.http.template.text, b.http.template.text) {
				continue
			}
			if len(a.http.methods) == 0 || len(b.http.methods) == 0 || slices.ContainsFunc(a.http.methods, b.http.allows) {
				faults = append(faults, fmt.Errorf("functions %s and %s have the same route %q", a.name, b.name, a.http.template.text))
			}
		}
	}
	return faults
}

// queueNamePattern and the length are the service's rules for queue names.
var queueNamePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const maxQueueName = 63

func validQueueName(name string) bool {
	return len(name) >= 3 && len(name) <= maxQueueName && queueNamePattern.MatchString(name)
}

func parseQueueTrigger(b bindingJSON, s settings) (*queueTrigger, error) {
	name, err := s.expand(b.QueueName)
	if err != nil {
		return nil, fmt.Errorf("queueName: %w", err)
	}
	name = strings.ToLower(name) // as the platform's trigger does
	if !validQueueName(name) {
		return nil, fmt.Errorf("queueName %q is not a queue name: 3 to 63 letters, digits and single hyphens", name)
	}
	connection, err := connectionString(s, b.Connection)
	if err != nil {
		return nil, err
	}
	return &queueTrigger{binding: b.Name, queue: name, connection: connection, binary: strings.EqualFold(b.DataType, "binary")}, nil
}

// connectionString resolves the connection member of a binding.
func connectionString(s settings, name string) (string, error) {
	if name == "" {
		name = "AzureWebJobsStorage"
	}
	for _, setting := range []string{"AzureWebJobs" + name, name} {
		switch value := s.get(setting); {
		case strings.EqualFold(strings.TrimSuffix(value, ";"), "UseDevelopmentStorage=true"):
			return emulatorConnection, nil
		case value != "":
			return value, nil
		}
	}
	return "", fmt.Errorf("setting %s must hold a storage connection string (managed identity is not available here)", name)
}

// emulatorConnection is what UseDevelopmentStorage=true stands for: the
// emulator's published account and key, the same on every machine.
const emulatorConnection = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"

func parseTimerTrigger(b bindingJSON, s settings) (*timerTrigger, error) {
	text, err := s.expand(b.Schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	t := &timerTrigger{binding: b.Name, runOnStartup: b.RunOnStartup}
	if t.schedule, err = parseSchedule(text); err != nil {
		return nil, err
	}
	// The platform does not keep a status for schedules below a minute.
	t.monitored = (b.UseMonitor == nil || *b.UseMonitor) && !t.schedule.subMinute()
	return t, nil
}
