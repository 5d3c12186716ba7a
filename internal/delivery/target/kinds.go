package target

import "slices"

// kinds are all that there are.
var kinds = []Kind{
	endpoint(),
	kubernetes(),
	vmExtension(),
	appService(),
	containerApps(),
	webPubSub(),
	signalR(),
	frontDoor(),
}

// Names lists the kinds.
func Names() (names []string) {
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

func kindOf(name string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}
