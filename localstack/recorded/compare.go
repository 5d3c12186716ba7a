package recorded

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is one thing in which a simulator is not as the service.
type Difference struct{ Path, What string }

func (d Difference) String() string { return d.Path + ": " + d.What }

// Compare lists how a reply differs from the recorded one. Of an object that is
// missing, or is too many, only the object itself is named. A member that not
// every element has may be missing; elements are not compared where the
// recorded array is empty.
func Compare(want, got Shape) []Difference {
	var out []Difference
	told := map[string]bool{} // paths whose inside is told already
	tell := func(path, format string, args ...any) {
		out = append(out, Difference{path, fmt.Sprintf(format, args...)})
		told[path] = true
	}
	have, known := index(got), index(want)
	for _, l := range want {
		path := plain(l.Path)
		at, ok := have[path]
		switch {
		case inside(path, told):
		case !ok && strings.HasSuffix(l.Path, "?"):
			told[path] = true
		case !ok:
			tell(path, "is missing")
		case got[at].Type != l.Type:
			tell(path, "is %s, the service has %s", orNothing(got[at].Type), orNothing(l.Type))
		}
	}
	for _, l := range got {
		path := plain(l.Path)
		if _, ok := known[path]; ok || inside(path, told) {
			continue
		}
		if array, isElement := strings.CutSuffix(path, "[]"); isElement && hasEmptyArray(want, known, array) {
			told[path] = true
			continue
		}
		tell(path, "was not recorded")
	}
	return append(out, misplaced(want, got, have)...)
}

// misplaced compares the order of what both have, object by object.
func misplaced(want, got Shape, have map[string]int) []Difference {
	var out []Difference
	last := map[string]int{} // by parent: the place of its latest member
	for _, l := range want {
		path := plain(l.Path)
		at, ok := have[path]
		if !ok || !strings.HasPrefix(path, "body.") {
			continue
		}
		parent := path[:strings.LastIndexByte(path, '.')]
		if at < last[parent] {
			out = append(out, Difference{path, "stands in another place"})
			continue
		}
		last[parent] = at
	}
	return out
}

func index(s Shape) map[string]int {
	out := make(map[string]int, len(s))
	for i, l := range s {
		out[plain(l.Path)] = i
	}
	return out
}

// plain is a path without its marks.
func plain(path string) string { return strings.ReplaceAll(path, "?", "") }

// inside reports whether the path is below one of those.
func inside(path string, those map[string]bool) bool {
	for i := len(path) - 1; i > 0; i-- {
		if (path[i] == '.' || path[i] == '[') && those[path[:i]] {
			return true
		}
	}
	return those[path]
}

func hasEmptyArray(s Shape, at map[string]int, path string) bool {
	i, ok := at[path]
	return ok && strings.Contains(s[i].Type, "array")
}

func orNothing(kind string) string {
	if kind == "" {
		return "nothing"
	}
	return kind
}

// LetOff is a difference that is known and stays.
type LetOff struct {
	Path   string // as Difference has it; "*" at the end stands for anything
	Reason string
}

func (l LetOff) covers(path string) bool {
	if prefix, ok := strings.CutSuffix(l.Path, "*"); ok && strings.HasPrefix(path, prefix) {
		return true
	}
	return l.Path == path
}

// remaining is the differences that are not let off, and what was let off in vain.
func remaining(all []Difference, off []LetOff) (left []Difference, vain []LetOff) {
	used := make([]bool, len(off))
	for _, d := range all {
		i := slices.IndexFunc(off, func(l LetOff) bool { return l.covers(d.Path) })
		if i < 0 {
			left = append(left, d)
			continue
		}
		used[i] = true
	}
	for i, l := range off {
		if !used[i] || l.Reason == "" {
			vain = append(vain, l)
		}
	}
	return left, vain
}
