package funchost

import "fmt"

// app is a loaded function app: everything that Run drives.
type app struct {
	functions  []function
	supervisor *supervisor
	router     *router
	admin      *admin
	listeners  []*queueListener
	timers     map[string]*timer // by function name
}

// load reads host.json and the functions and wires them. It starts nothing.
func (h *Host) load() (*app, error) {
	c := h.config
	s := newSettings(c.Env)
	m, err := readManifest(c.ScriptRoot, s)
	if err != nil {
		return nil, err
	}
	functions, err := readFunctions(c.FunctionsDir, m, s)
	if err != nil {
		return nil, err
	}
	if functions, err = only(functions, c.Functions); err != nil {
		return nil, err
	}
	host := c.Logger.With("source", "host")
	a := &app{functions: functions, timers: map[string]*timer{}}
	a.supervisor = &supervisor{
		options: m.handler, scriptRoot: c.ScriptRoot, env: c.Env, maxErrors: c.MaxHandlerErrors, onStart: c.OnHandlerStart, onOrphan: h.adopt,
		log: host, handlerLog: c.Logger.With("source", "handler"), usable: make(chan struct{}),
	}
	i := &invoker{handler: a.supervisor, timeout: m.functionTimeout, hangOnEmpty: c.HangOnEmptyReply, log: host}
	for _, f := range functions {
		switch {
		case f.queue != nil:
			l, err := newQueueListener(f, m.queues, c, i, host)
			if err != nil {
				return nil, err
			}
			a.listeners = append(a.listeners, l)
		case f.timer != nil:
			shared := timerStore(&memoryTimer{})
			if connection, err := connectionString(s, ""); err == nil {
				if shared, err = newBlobTimer(connection, f.name); err != nil {
					return nil, err
				}
			}
			a.timers[f.name] = &timer{function: f.name, trigger: f.timer, invoke: i.invoke, shared: shared, takeover: h.takeover, log: host}
		}
	}
	a.admin = &admin{functions: functions, timers: a.timers, invoker: i}
	a.router = &router{
		functions: functions, master: c.MasterKey,
		proxy: &proxy{handler: a.supervisor, transport: newProxyTransport(a.supervisor), guard: i.guard, inactivity: h.inactivity, log: host},
		admin: a.admin, throttle: m.http, bodyLimit: bodyLimit(s), homepage: !s.isTrue("AzureWebJobsDisableHomepage"),
	}
	return a, nil
}

func (a *app) names() string {
	var names []string
	for _, f := range a.functions {
		names = append(names, f.name)
	}
	return fmt.Sprint(names)
}
