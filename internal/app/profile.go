package app

import (
	"context"
	"net/http"

	"wozai/internal/api"
	"wozai/internal/profile"
)

// ProfileWords are the installation's words as pages use them, in both languages: a page switches
// without asking again. What the meetings of a profile demand is the meeting slice's to tell.
type ProfileWords struct {
	ID            string                  `json:"id"`
	Version       int                     `json:"version"`
	Name          profile.Text            `json:"name"`
	Words         map[string]profile.Text `json:"words"`
	Trees         []profile.Tree          `json:"trees"`
	UnitKinds     []profile.UnitKind      `json:"unit_kinds"`
	Positions     []profile.Position      `json:"positions"`
	Standings     []profile.Standing      `json:"standings"`
	Categories    []profile.Term          `json:"categories"`
	Whereabouts   []profilePlace          `json:"whereabouts"`
	LeaveReasons  []profile.Reason        `json:"leave_reasons"`
	ExemptReasons []profile.Reason        `json:"exempt_reasons"`
}

// profilePlace is a profile.Whereabouts under a name that the API document does not have yet.
type profilePlace profile.Whereabouts

func profileWords(p *profile.Profile) ProfileWords {
	out := ProfileWords{ID: p.ID, Version: p.Version, Name: p.Name, Words: p.Words, Trees: p.Trees, UnitKinds: p.UnitKinds,
		Positions: p.Positions, Standings: p.Standings, Categories: p.Categories, LeaveReasons: p.LeaveReasons, ExemptReasons: p.ExemptReasons}
	for _, w := range p.Whereabouts {
		out.Whereabouts = append(out.Whereabouts, profilePlace(w))
	}
	return out
}

func (a *App) registerProfile() {
	type out struct {
		CacheControl string `header:"Cache-Control"`
		Body         ProfileWords
	}
	api.Register(a.API, api.Op{ID: "profile", Method: http.MethodGet, Path: "/profile", Summary: "The words of this kind of organisation", Tag: "profile", Access: api.ByLink},
		func(context.Context, *struct{}) (*out, error) {
			return &out{CacheControl: "private, max-age=300", Body: profileWords(a.Install.Profile())}, nil
		})
}
