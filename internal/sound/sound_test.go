package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
	"time"
)

const longest = 15 * time.Minute

// beeps.webm is what Chromium's MediaRecorder made of its own fake microphone in three seconds.
func recorded(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/beeps.webm")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func spoken(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../media/bot/clips/member-00.ogg")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// level is the loudness of a stretch of a WAV of ours, 0–1.
func level(t *testing.T, wav []byte, from, to float64) float64 {
	t.Helper()
	rate := float64(binary.LittleEndian.Uint32(wav[24:]))
	data := wav[58:]
	var sum float64
	part := data[int(from*rate):min(len(data), int(to*rate))]
	for _, b := range part {
		s := float64(fromMulaw(b)) / 32768
		sum += s * s
	}
	return math.Sqrt(sum / float64(len(part)))
}

func TestWhatABrowserRecordsBecomesWhatAllCanPlay(t *testing.T) {
	for name, raw := range map[string][]byte{"webm": recorded(t), "ogg": spoken(t)} {
		t.Run(name, func(t *testing.T) {
			r, err := Make(raw, longest)
			if err != nil {
				t.Fatal(err)
			}
			if r.Length < 2500*time.Millisecond || r.Length > 10*time.Second {
				t.Errorf("lasts %v", r.Length)
			}
			if loud := level(t, r.WAV, 0, r.Length.Seconds()); loud < 0.005 {
				t.Errorf("nothing is heard: %v", loud)
			}
			if len(r.Ogg) > len(raw)+4096 {
				t.Errorf("%d bytes became %d", len(raw), len(r.Ogg))
			}
			// What was made is read again, as the same.
			again, err := Make(r.Ogg, longest)
			if err != nil || again.Length != r.Length || !bytes.Equal(again.Ogg, r.Ogg) || !bytes.Equal(again.WAV, r.WAV) {
				t.Errorf("made again: %v, %v", again.Length, err)
			}
			plain, err := Make(r.WAV, longest)
			if err != nil || plain.Ogg != nil || !bytes.Equal(plain.WAV, r.WAV) || (plain.Length-r.Length).Abs() > 100*time.Millisecond {
				t.Errorf("the WAV again: %v, %v", plain.Length, err)
			}
			// The last page says how long it is, which is what players ask.
			last := bytes.LastIndex(r.Ogg, []byte("OggS"))
			if at := binary.LittleEndian.Uint64(r.Ogg[last+6:]); time.Duration(at)*time.Second/opusRate != r.Length || r.Ogg[last+5] != lastPage {
				t.Errorf("ends at %d", at)
			}
		})
	}
}

// The sum is that of files others wrote.
func TestTheSumOfAPage(t *testing.T) {
	page := slices.Clone(spoken(t))
	next := bytes.Index(page[4:], []byte("OggS")) + 4
	page = page[:next]
	want := binary.LittleEndian.Uint32(page[22:])
	copy(page[22:], "\x00\x00\x00\x00")
	if got := oggSum(page); got != want {
		t.Errorf("sum %x, want %x", got, want)
	}
}

func TestMulawKeepsWhatItSays(t *testing.T) {
	for b := range 256 {
		if got := toMulaw(fromMulaw(byte(b))); got != byte(b) && b != 0x7f { // 0x7f is the other zero
			t.Errorf("%x became %x", b, got)
		}
	}
	for _, s := range []int16{math.MinInt16, -1000, -1, 0, 1, 1000, math.MaxInt16} {
		if got := fromMulaw(toMulaw(s)); math.Abs(float64(got)-float64(s)) > 36+math.Abs(float64(s))/16 {
			t.Errorf("%d became %d", s, got)
		}
	}
}

func TestWhatIsNoSpeechIsRefused(t *testing.T) {
	film := bytes.Replace(recorded(t), []byte("A_OPUS"), []byte("V_VP8X"), 1)
	vorbis := bytes.Replace(spoken(t), []byte("OpusHead"), []byte("\x01vorbis\x00"), 1)
	cut := recorded(t)[:60]
	loud := writeWAV(make([]int16, 16000), 16000)
	stereo := slices.Clone(loud)
	stereo[22] = 2
	fast := slices.Clone(loud)
	binary.LittleEndian.PutUint32(fast[24:], 192_000)
	for name, c := range map[string]struct {
		raw     []byte
		longest time.Duration
		want    error
	}{
		"nothing":           {nil, longest, ErrNotSound},
		"words":             {[]byte("<html>no sound at all</html>"), longest, ErrNotSound},
		"a film":            {film, longest, ErrNotSound},
		"vorbis":            {vorbis, longest, ErrNotSound},
		"only its head":     {cut, longest, ErrNotSound},
		"an empty wav":      {writeWAV(nil, 16000), longest, ErrNotSound},
		"stereo":            {stereo, longest, ErrNotSound},
		"another rate":      {fast, longest, ErrNotSound},
		"long webm":         {recorded(t), time.Second, ErrTooLong},
		"long ogg":          {spoken(t), time.Second, ErrTooLong},
		"long wav":          {loud, 900 * time.Millisecond, ErrTooLong},
		"noise as opus":     {noise(t), longest, nil},
		"just short enough": {loud, time.Second, nil},
	} {
		if _, err := Make(c.raw, c.longest); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// noise is a stream whose packets say nothing: it is decoded to something, or refused, never more.
func noise(t *testing.T) []byte {
	t.Helper()
	track := opusTrack{head: []byte("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"), most: math.MaxInt}
	if err := track.add(append([]byte{0x08}, make([]byte, 40)...)); err != nil {
		t.Fatal(err)
	}
	return track.ogg()
}

// A phone that died while it recorded left a file that ends in the middle of a packet.
func TestAFileThatWasCutOffKeepsWhatIsThere(t *testing.T) {
	raw := recorded(t)
	whole, err := Make(raw, longest)
	if err != nil {
		t.Fatal(err)
	}
	part, err := Make(raw[:len(raw)*2/3], longest)
	if err != nil || part.Length < whole.Length/2 || part.Length >= whole.Length {
		t.Errorf("%v of %v: %v", part.Length, whole.Length, err)
	}
}

func FuzzMake(f *testing.F) {
	f.Add(recorded(f))
	f.Add(spoken(f)[:4000])
	f.Add(writeWAV(make([]int16, 100), 8000))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Make(raw, 10*time.Second)
		if err != nil {
			if !errors.Is(err, ErrNotSound) && !errors.Is(err, ErrTooLong) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if r.Length <= 0 || r.Length > 10*time.Second || len(r.WAV) < 58 {
			t.Fatalf("lasts %v in %d bytes", r.Length, len(r.WAV))
		}
		if r.Ogg != nil {
			if again, err := Make(r.Ogg, 10*time.Second); err != nil || again.Length != r.Length {
				t.Fatalf("made again: %v, %v", again.Length, err)
			}
		}
	})
}

func BenchmarkMake(b *testing.B) {
	raw := spoken(b)
	for b.Loop() {
		if _, err := Make(raw, longest); err != nil {
			b.Fatal(err)
		}
	}
}
