package app

import (
	"context"
	"fmt"
	"strings"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/notice"
	"wozai/internal/org"
)

// outsideHosts are those of one's own network that the operator lets this program speak with.
func (a *App) outsideHosts() (out []string) {
	for host := range strings.SplitSeq(a.Config.OutsideHosts, ",") {
		if host = strings.TrimSpace(host); host != "" {
			out = append(out, host)
		}
	}
	return out
}

// wirePush rings browsers that are closed, where the operator lets it.
func (a *App) wirePush() {
	if a.Config.WebPush {
		a.Pusher = notice.NewPusher(notice.PushConfig{
			Secret: a.Secret, Outside: a.Outside, Receiver: a.receiver, Address: a.Address, Contact: a.Config.SMTPFrom,
			Rings: a.Dispatch.Rings,
		}, a.DB, a.Change, a.Jobs)
		a.Change.OnNotice(a.Pusher.Enqueue)
	}
	notice.RegisterPush(a.API, a.Pusher)
}

// wireGroups writes into groups of messengers, where the operator lets it.
func (a *App) wireGroups() error {
	quiet, err := notice.ParseQuiet(a.Config.SMTPQuiet)
	if err != nil {
		return fmt.Errorf("--smtp-quiet: %w", err)
	}
	if a.Config.Groups {
		a.Groups = notice.NewGroups(notice.GroupsConfig{
			Secret: a.Secret, Outside: a.Outside, Quiet: quiet, Address: a.Address, Lang: a.Install.Lang, Zone: a.Install.Zone,
			Where: func(ctx context.Context, q db.Querier, unit db.ID) (access.Unit, string, error) {
				u, err := org.GetUnit(ctx, q, unit)
				return u.Where(), u.Name, err
			},
		}, a.DB, a.Change, a.Jobs)
		a.Dispatch.Posts, a.Meeting.Posts = a.Groups, a.Groups
	}
	notice.RegisterGroups(a.API, a.Groups)
	return nil
}
