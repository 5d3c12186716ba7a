package funchost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// hostConfig is host.json and its overrides, flattened as .NET configuration
// does: "customhandler:description:arguments:0" = "serve". Every value is text
// until more is asked for.
type hostConfig map[string]string

const overridePrefix = "azurefunctionsjobhost__"

// readHostConfig reads host.json and lets settings such as
// AzureFunctionsJobHost__extensions__queues__batchSize=1 win over it.
func readHostConfig(scriptRoot string, s settings) (hostConfig, error) {
	raw, err := os.ReadFile(filepath.Join(scriptRoot, "host.json"))
	if err != nil {
		return nil, fmt.Errorf("read host.json: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("parse host.json: %w", err)
	}
	if document["version"] != "2.0" {
		return nil, fmt.Errorf(`host.json: "version" must be the string "2.0"`)
	}
	config := hostConfig{}
	config.add("", document)
	for name, value := range s {
		if path, ok := strings.CutPrefix(name, overridePrefix); ok {
			config[strings.ReplaceAll(path, "__", ":")] = value
		}
	}
	return config, nil
}

func (c hostConfig) add(path string, value any) {
	join := func(key string) string {
		if path == "" {
			return strings.ToLower(key)
		}
		return path + ":" + strings.ToLower(key)
	}
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			c.add(join(key), member)
		}
	case []any:
		for i, member := range v {
			c.add(join(strconv.Itoa(i)), member)
		}
	case nil:
	default:
		c[path] = fmt.Sprint(v)
	}
}

// text is the value at a dotted path, or fallback if there is none.
func (c hostConfig) text(path, fallback string) string {
	if value, ok := c[strings.ToLower(strings.ReplaceAll(path, ".", ":"))]; ok {
		return value
	}
	return fallback
}

func (c hostConfig) list(path string) []string {
	var out []string
	for i := 0; ; i++ {
		value, ok := c[strings.ToLower(strings.ReplaceAll(path, ".", ":"))+":"+strconv.Itoa(i)]
		if !ok {
			return out
		}
		out = append(out, value)
	}
}

func (c hostConfig) flag(path string) (bool, error) {
	switch value := c.text(path, "false"); strings.ToLower(value) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("host.json: %s: %q is neither true nor false", path, value)
	}
}

func (c hostConfig) integer(path string, fallback, low, high int) (int, error) {
	value := c.text(path, strconv.Itoa(fallback))
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("host.json: %s: %q is not a number from %d to %d", path, value, low, high)
	}
	return n, nil
}

func (c hostConfig) timeSpan(path string, fallback time.Duration) (time.Duration, error) {
	value := c.text(path, "")
	if value == "" {
		return fallback, nil
	}
	d, err := parseTimeSpan(value)
	if err != nil {
		return 0, fmt.Errorf("host.json: %s: %w", path, err)
	}
	return d, nil
}

// manifest is what host.json says, checked.
type manifest struct {
	handler         handlerOptions
	proxying        bool
	routePrefix     string        // without slashes; "" for none
	functionTimeout time.Duration // 0: unlimited
	queues          queueOptions
	http            throttle
}

// queueOptions are extensions.queues of host.json.
type queueOptions struct {
	batchSize         int           // messages per receive, 1 to 32
	newBatchThreshold int           // fetch again when that many are in flight
	maxPollingEvery   time.Duration // ceiling of the idle back-off
	visibilityTimeout time.Duration // how long a failed message stays invisible
	maxDequeueCount   int           // attempts, the first one included
	base64            bool          // messageEncoding
}

func readManifest(scriptRoot string, s settings) (manifest, error) {
	config, err := readHostConfig(scriptRoot, s)
	if err != nil {
		return manifest{}, err
	}
	m := manifest{routePrefix: strings.Trim(config.text("extensions.http.routePrefix", "api"), "/")}
	if m.handler, err = readHandlerOptions(config, scriptRoot, s); err != nil {
		return manifest{}, err
	}
	if m.proxying, err = config.flag("customHandler.enableProxyingHttpRequest"); err != nil {
		return manifest{}, err
	}
	if config.text("functionTimeout", "") != "-1" {
		// 30 minutes is the default of every plan but Consumption.
		if m.functionTimeout, err = config.timeSpan("functionTimeout", 30*time.Minute); err != nil {
			return manifest{}, err
		}
		if m.functionTimeout == 0 {
			return manifest{}, fmt.Errorf("host.json: functionTimeout is zero")
		}
	}
	if m.http, err = readThrottle(config); err != nil {
		return manifest{}, err
	}
	m.queues, err = readQueueOptions(config, strings.EqualFold(s.get("AZURE_FUNCTIONS_ENVIRONMENT"), "Development"))
	return m, err
}

func readQueueOptions(config hostConfig, development bool) (q queueOptions, err error) {
	const section = "extensions.queues."
	if q.batchSize, err = config.integer(section+"batchSize", 16, 1, 32); err != nil {
		return q, err
	}
	if q.newBatchThreshold, err = config.integer(section+"newBatchThreshold", q.batchSize/2*runtime.NumCPU(), 0, 10000); err != nil {
		return q, err
	}
	if q.maxDequeueCount, err = config.integer(section+"maxDequeueCount", 5, 1, 10000); err != nil {
		return q, err
	}
	if q.visibilityTimeout, err = config.timeSpan(section+"visibilityTimeout", 0); err != nil {
		return q, err
	}
	ceiling := time.Minute
	if development {
		ceiling = 2 * time.Second
	}
	if q.maxPollingEvery, err = config.timeSpan(section+"maxPollingInterval", ceiling); err != nil {
		return q, err
	}
	if q.maxPollingEvery < minPollingInterval {
		return q, fmt.Errorf("host.json: %smaxPollingInterval is below 100 milliseconds", section)
	}
	switch encoding := config.text(section+"messageEncoding", "base64"); strings.ToLower(encoding) {
	case "base64":
		q.base64 = true
	case "none":
	default:
		return q, fmt.Errorf("host.json: %smessageEncoding: %q is neither base64 nor none", section, encoding)
	}
	return q, nil
}
