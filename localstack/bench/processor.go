package bench

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// times is processor time used so far, by program. Programs that run several
// times are summed.
type times map[string]time.Duration

// clockTick is the unit of /proc/PID/stat: USER_HZ, which is 100 on every Linux
// architecture that Go supports.
const clockTick = 10 * time.Millisecond

// stackProgram is this program: the Functions host stand-in, the simulators, the
// storage door and what makes the load.
const stackProgram = "stack and bench"

// processorTimes reads those of this program and its children; none on systems
// without /proc.
func processorTimes() times {
	used := times{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is good
	for _, file := range stats {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		name, parent, spent, ok := parseStat(string(raw))
		switch {
		case ok && filepath.Base(filepath.Dir(file)) == strconv.Itoa(os.Getpid()):
			used[stackProgram] = spent
		case ok && parent == os.Getpid():
			used[name] += spent
		}
	}
	return used
}

// parseStat reads the fields that count: proc(5), /proc/pid/stat. The name is in
// parentheses and may hold anything, so the fields are counted from its end.
func parseStat(line string) (name string, parent int, spent time.Duration, ok bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return "", 0, 0, false
	}
	fields := strings.Fields(line[end+1:]) // state, ppid, ..., utime is the 12th, stime the 13th
	if len(fields) < 13 {
		return "", 0, 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	user, err2 := strconv.ParseInt(fields[11], 10, 64)
	system, err3 := strconv.ParseInt(fields[12], 10, 64)
	return line[open+1 : end], parent, time.Duration(user+system) * clockTick, err == nil && err2 == nil && err3 == nil
}

// since is what has been used after an earlier reading, in seconds.
func (t times) since(earlier times) map[string]float64 {
	used := map[string]float64{}
	for name, spent := range t {
		if d := spent - earlier[name]; d > 0 {
			used[name] = d.Seconds()
		}
	}
	return used
}

// split writes seconds by program, the most first.
func split(seconds map[string]float64) string {
	programs := slices.SortedFunc(maps.Keys(seconds), func(x, y string) int { return cmp.Compare(seconds[y], seconds[x]) })
	var parts []string
	for _, name := range programs {
		parts = append(parts, name+" "+number(seconds[name])+" s")
	}
	return strings.Join(parts, ", ")
}
