package check

import (
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A tag can be moved to other code, a commit cannot. The release that it is stands
// beside it, for people and for Dependabot.
func TestActionsArePinnedByCommit(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	known := map[string]string{}
	for file, text := range readAll(t, "../../.github/workflows/*.yml") {
		for _, m := range regexp.MustCompile(`(?m)uses: *(.*)$`).FindAllStringSubmatch(text, -1) {
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s uses %s", file, m[1])
			}
			name, pin, _ := strings.Cut(m[1], "@")
			if known[name] != "" && known[name] != pin {
				t.Errorf("%s is %s and %s", name, known[name], pin)
			}
			known[name] = pin
		}
	}
}

// What is pinned and not watched grows old.
func TestDependabotWatchesEachModule(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../.github/dependabot.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	watched := map[string][]string{}
	for _, u := range file.Updates {
		watched[u.Ecosystem] = append(u.Directories, u.Directory)
	}
	list := exec.CommandContext(t.Context(), "git", "ls-files", "*go.mod", "*package.json")
	list.Dir = "../.."
	files, err := list.Output()
	if err != nil {
		t.Skip("not a checkout")
	}
	for _, f := range strings.Fields(string(files)) {
		ecosystem := map[string]string{"go.mod": "gomod", "package.json": "npm"}[path.Base(f)]
		if folder := path.Clean("/" + path.Dir(f)); !slices.Contains(watched[ecosystem], folder) {
			t.Errorf("nobody watches %s of %s", ecosystem, folder)
		}
	}
}

// Nothing is released that has not been killed between this release and the one before.
func TestAReleaseIsTestedAgainstTheFormerOne(t *testing.T) {
	t.Parallel()
	text := readAll(t, "../../.github/workflows/release.yml")["../../.github/workflows/release.yml"]
	made := strings.Index(text, "gh release create")
	for _, before := range []string{"make deploycheck", "make test", "make upgradetest", "make release", `test "$(cat dist/version)" = "$GITHUB_REF_NAME"`} {
		if at := strings.Index(text, before); at < 0 || at > made {
			t.Errorf("%s does not run before a release", before)
		}
	}
}
