package funchost

import (
	"fmt"
	"slices"
)

// FlexGroups says how Flex Consumption shares an app's functions out among its
// instances: those with an HTTP trigger are together, each other one is alone. The
// HTTP functions come first. It reads what New would, and starts nothing.
func FlexGroups(c Config) ([][]string, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("functions host: %w", err)
	}
	s := newSettings(c.Env)
	m, err := readManifest(c.ScriptRoot, s)
	if err != nil {
		return nil, fmt.Errorf("functions host: %w", err)
	}
	functions, err := readFunctions(c.FunctionsDir, m, s)
	if err != nil {
		return nil, fmt.Errorf("functions host: %w", err)
	}
	var together []string
	var alone [][]string
	for _, f := range functions {
		if f.http != nil {
			together = append(together, f.name)
		} else {
			alone = append(alone, []string{f.name})
		}
	}
	return append([][]string{together}, alone...), nil
}

// only keeps the named functions, or all if there are no names.
func only(functions []function, names []string) ([]function, error) {
	if len(names) == 0 {
		return functions, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(functions, func(f function) bool { return f.name == name }) {
			return nil, fmt.Errorf("the app has no function %s", name)
		}
	}
	return slices.DeleteFunc(functions, func(f function) bool {
		return !slices.Contains(names, f.name)
	}), nil
}
