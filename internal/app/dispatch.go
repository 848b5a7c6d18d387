package app

import "wozai/internal/dispatch"

// wireDispatch ties asking and answering to the API, the jobs and the live stream.
func (a *App) wireDispatch() {
	a.Dispatch = dispatch.NewService(a.DB, a.Change, a.Install.Profile, a.Install.Zone)
	a.Dispatch.Register(a.API)
	a.Dispatch.Work(a.Jobs)
	a.Live.Topic("dispatch", a.Dispatch.Hear, nil)
}
