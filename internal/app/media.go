package app

import "context"

// wireMedia puts the media's proxy before the SFU and its reconciler beside it.
func (a *App) wireMedia(context.Context) {}
