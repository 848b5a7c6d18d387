package profile_test

import (
	"errors"
	"testing"

	"wozai/internal/profile"
)

func TestBuiltInProfilesAreSound(t *testing.T) {
	for _, name := range profile.Names() {
		if _, err := profile.Load(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var missing *profile.UnknownError
	if _, err := profile.Load("guild"); err == nil || errors.As(err, &missing) {
		t.Errorf("an unknown profile: %v", err)
	}
}
