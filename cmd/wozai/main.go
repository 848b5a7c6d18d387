// Command wozai is the whole product: server, media child, demonstration, tools.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	kongyaml "github.com/alecthomas/kong-yaml"
)

type cli struct {
	Config kong.ConfigFlag `help:"Read settings from this YAML file." type:"path" placeholder:"FILE"`

	Serve   serveCmd   `cmd:"" help:"Run the server."`
	Demo    demoCmd    `cmd:"" help:"Run a demonstration with an invented authority."`
	Backup  backupCmd  `cmd:"" help:"Write everything into one file, while the server runs or not."`
	Restore restoreCmd `cmd:"" help:"Put a backup into an empty place, after verifying it."`
	Key     keyCmd     `cmd:"" name:"rotate-key" help:"Put a new master key in front of the old ones: what is sealed from the next start on is sealed by it."`
	Org     orgCmd     `cmd:"" help:"The organisation: import units and people."`
	Doctor  doctorCmd  `cmd:"" help:"Look the installation over, with the settings of serve: what is well, what is not, what to do."`
	OpenAPI openapiCmd `cmd:"" name:"openapi" help:"Print the API document." hidden:""`
	Archive archiveCmd `cmd:"" help:"Work with archives of meetings."`
	Media   mediaCmd   `cmd:"" help:"Run the media server; serve and demo start it by themselves." hidden:""`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	var c cli
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := kong.Must(&c, kong.Name("wozai"),
		kong.Description("我在 Wozai — meeting, learning, giving, caring and answering for an organisation whose people are scattered."),
		kong.DefaultEnvars("WOZAI"), kong.Configuration(kongyaml.Loader), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)))
	k, err := p.Parse(os.Args[1:])
	p.FatalIfErrorf(err)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "wozai:", err)
		stop()
		os.Exit(1)
	}
}
