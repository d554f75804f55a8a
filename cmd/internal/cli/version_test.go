package cli

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	setting := func(k, v string) debug.BuildSetting { return debug.BuildSetting{Key: k, Value: v} }
	for want, info := range map[string]debug.BuildInfo{
		"v1.2.3":                     {Main: debug.Module{Version: "v1.2.3"}},
		"devel":                      {Main: debug.Module{Version: "(devel)"}},
		"devel-0123456789ab":         {Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "false")}},
		"devel-0123456789ab-changed": {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "true")}},
	} {
		if got := versionOf(&info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	before := version
	defer func() { version = before }()
	version = "v9.9.9"
	if Version() != "v9.9.9" {
		t.Errorf("a release build says %q", Version())
	}
}
