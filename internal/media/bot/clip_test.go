package bot

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestEveryPreparedMemberHasAFaceAndAVoice(t *testing.T) {
	faces := map[string]bool{}
	for n := range Clips {
		face, err := Face(n)
		if err != nil {
			t.Fatal(err)
		}
		voice, err := Voice(n)
		if err != nil {
			t.Fatal(err)
		}
		faces[string(face.samples[0].Data)] = true
		bits, lasts := 0, time.Duration(0)
		for _, sample := range face.samples {
			bits += 8 * len(sample.Data)
			lasts += sample.Duration
		}
		if rate := float64(bits) / lasts.Seconds(); rate > 60_000 || lasts < 5*time.Second {
			t.Errorf("face %d: %.0f bit/s for %v", n, rate, lasts)
		}
		if lasts := time.Duration(len(voice.samples)) * 20 * time.Millisecond; lasts < 3*time.Second {
			t.Errorf("voice %d lasts %v", n, lasts)
		}
	}
	if len(faces) != Clips {
		t.Errorf("%d different faces, want %d", len(faces), Clips)
	}
	if _, err := Face(-1); err != nil {
		t.Error(err)
	}
}

func TestANewcomerGetsAWholePictureNext(t *testing.T) {
	face, err := Face(0)
	if err != nil {
		t.Fatal(err)
	}
	playing := &clip{samples: face.samples}
	for range 3 {
		if _, err := playing.NextSample(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	playing.feedback(&rtcp.PictureLossIndication{})
	sample, err := playing.NextSample(t.Context())
	if err != nil || sample.Data[0]&1 != 0 {
		t.Errorf("the next picture depends on others (%v)", err)
	}
}
