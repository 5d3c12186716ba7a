package settings

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// box is a member of a family that exists in this test alone.
type box struct{ name, size, lid string }

func boxes(all *[]*box) []Setting {
	named := func(_ *Settings, name string) *box {
		for _, b := range *all {
			if b.name == name {
				return b
			}
		}
		*all = append(*all, &box{name: name})
		return (*all)[len(*all)-1]
	}
	even := func(v string) (string, error) {
		if len(v)%2 != 0 {
			return "", errors.New("is not of even length")
		}
		return v, nil
	}
	return []Setting{
		{Name: "Box__<name>__Size", OfEach: true, Meaning: "how large it is", Example: "ab", readOf: ofMember(named, func(b *box) *string { return &b.size }, even)},
		{Name: "Box__<name>__Lid", Default: "none", Meaning: "what closes it", Example: "ab", Choices: []string{"none", "wood"}, readOf: ofMember(named, func(b *box) *string { return &b.lid }, anyText)},
	}
}

func TestEachMemberOfAFamilyIsReadUnderItsName(t *testing.T) {
	t.Parallel()
	var found []*box
	faults := new(Settings).readFamilies(boxes(&found), map[string]string{
		"Box__b2__Size": "abcd", "Box__a__Size": "ab", "Box__a__Lid": "Wood", "Box__gone__Size": "", "Boxes": "x", "BOX__PATH": "/",
	})
	if len(faults) > 0 || len(found) != 2 || *found[0] != (box{"a", "ab", "wood"}) || *found[1] != (box{"b2", "abcd", "none"}) {
		t.Errorf("read %v, faults %v", found, faults)
	}
}

func TestTheFaultsOfAllMembersAreToldAtOnce(t *testing.T) {
	t.Parallel()
	var found []*box
	faults := new(Settings).readFamilies(boxes(&found), map[string]string{
		"Box__a__Size": "abc", "Box__a__Lid": "steel", "Box__b__Lid": "none", "Box__c__Size": "ab", "Box__c__Colour": "red", "Box__c__size": "ab",
		"Box__Large__Size": "ab", "Box__much2longthanthis1__Size": "ab", "box__d__Size": "ab",
	})
	told := faults.Error()
	for _, want := range []string{
		`Box__a__Size is "abc", which is not of even length. Set it to a value such as "ab".`,
		`Box__a__Lid is "steel", which is none of none, wood.`,
		`Box__b__Size is missing (how large it is).`,
		`Box__c__Colour is no setting of certgate. After Box__c__ stands one of Size, Lid.`,
		`Box__c__size is written in another case than Box__c__Size.`,
		`box__d__Size is written in another case than Box__d__Size.`,
		`Box__Large__… has a name in its middle that is not 1 to 16 lower-case letters and digits`,
		`Box__much2longthanthis1__…`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("nothing says %s", want)
		}
	}
	if len(faults) != 8 || slices.ContainsFunc(faults, func(f Fault) bool { return f.Fix == "" }) {
		t.Errorf("%d faults:\n%v", len(faults), faults)
	}
}
