package meetingtest

import (
	"bytes"
	"context"

	"wozai/internal/fault"
	"wozai/internal/meeting"
)

// Maker makes a page image of each line after a file's first, in two widths. A file that says
// "broken" has no pages.
type Maker struct{}

// Pages implements meeting.PageMaker.
func (Maker) Pages(_ context.Context, _ string, file []byte, each func(meeting.PageImage) error) error {
	if bytes.Contains(file, []byte("broken")) {
		return fault.New(fault.KindInvalid, meeting.CodePaperBroken)
	}
	for i, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n"))[1:] {
		for _, w := range []int{800, 1600} {
			if err := each(meeting.PageImage{Page: i + 1, Width: w, Height: w * 14 / 10, MediaType: "image/webp", Content: append([]byte{byte(w / 800)}, line...)}); err != nil {
				return err
			}
		}
	}
	return nil
}
