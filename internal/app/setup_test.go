package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"wozai/internal/config"
	"wozai/internal/testkit"
)

// Every node of one database knows what the first run chose at one of them.
func TestEveryNodeHearsOfTheFirstRun(t *testing.T) {
	dsn := testkit.Postgres(t)
	dir := t.TempDir()
	var nodes []*App
	for _, name := range []string{"one", "two"} {
		a, err := New(context.Background(), config.Server{Addr: "localhost:0", Data: filepath.Join(dir, name), DB: dsn, KeyFile: filepath.Join(dir, "master.key")}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		nodes = append(nodes, a)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- nodes[1].Live.Run(ctx) }()
	defer func() { stop(); <-ended }()
	if err := nodes[0].Install.Setup(ctx, SetupInput{Organisation: "环保协会", Profile: "association", Lang: "zh-CN", Timezone: "Asia/Shanghai", Name: "管理员", Login: "first", Password: "correct horse battery"}, true); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); nodes[1].Install.Profile().ID != "association"; {
		if time.Now().After(end) {
			t.Fatalf("the other node believes in %q with %s", nodes[1].Install.OrganisationName(), nodes[1].Install.Profile().ID)
		}
		<-time.After(20 * time.Millisecond)
	}
}
