package recorded

import (
	"fmt"
	"testing"
)

func TestWhatIsLetOffMustBeNeededAndHaveAReason(t *testing.T) {
	t.Parallel()
	all := []Difference{{"header X-A", "is missing"}, {"body.a", "is missing"}, {"body.list[].x", "is missing"}}
	left, vain := remaining(all, []LetOff{{"header X-A", "no region"}, {"body.list[]*", "not kept"}, {"body.b", "not needed"}})
	if fmt.Sprint(left) != "[body.a: is missing]" || len(vain) != 1 || vain[0].Path != "body.b" {
		t.Errorf("left %v, in vain %v", left, vain)
	}
	if _, vain = remaining(all[:1], []LetOff{{Path: "header X-A"}}); len(vain) != 1 {
		t.Error("no reason is needed")
	}
}
