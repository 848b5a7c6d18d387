package config_test

import (
	"testing"

	"wozai/internal/config"
)

// Profiles tell what a program does inside: no setting makes them be served to other machines.
func TestProfilesStayOnThisMachine(t *testing.T) {
	for addr, ok := range map[string]bool{
		"": true, "127.0.0.1:6060": true, "[::1]:0": true,
		":6060": false, "0.0.0.0:6060": false, "[::]:6060": false, "192.168.1.4:6060": false, "wozai.example.org:6060": false, "127.0.0.1": false,
	} {
		s := config.Server{Addr: "localhost:0", PprofAddr: addr}
		if err := s.Check(); (err == nil) != ok {
			t.Errorf("--pprof-addr %q: %v", addr, err)
		}
	}
}
