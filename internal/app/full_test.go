package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/config"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// small mounts a file system of a few megabytes.
func small(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room there is and returns how to give it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; size /= 2 {
		for {
			if _, err := f.Write(bytes.Repeat([]byte{1}, size)); err != nil {
				break
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// The disk runs full under a server: whoever writes is told so and loses nothing; whoever reads
// goes on; with room again everything does.
func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	dir := small(t, 24)
	data := filepath.Join(dir, "data")
	a, err := New(ctx, config.Server{Addr: "localhost:0", Data: data}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	const password = "correct horse battery"
	if err := a.Install.setup(ctx, SetupInput{Organisation: "虚构研究院", Profile: "party", Lang: "zh-CN", Name: "甄理", Login: "admin", Password: password}); err != nil {
		t.Fatal(err)
	}
	handler := a.Handler(nil)
	signIn := func() (int, string) {
		r := httptest.NewRequest("POST", "/api/v1/session", strings.NewReader(`{"login":"admin","password":"`+password+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		b, _ := io.ReadAll(w.Body)
		return w.Code, string(b)
	}
	acknowledged := map[string]bool{}
	write := func(i int) error {
		text := fmt.Sprintf("%d %s", i, strings.Repeat("字", 20_000))
		err := a.Change.Do(ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
			return errors.Join(tx.Audit(ctx, change.Record{Action: "test", Subject: "test", After: text}))
		})
		if err == nil {
			acknowledged[text] = true
		}
		return err
	}
	isFull := func(err error) bool {
		var f *fault.Fault
		return errors.As(err, &f) && f.Kind == fault.KindUnavailable && f.Code == "database_unavailable"
	}

	if code, body := signIn(); code != http.StatusOK {
		t.Fatalf("sign-in: %d %s", code, body)
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	if err := a.Blob.Put(ctx, "papers/before", "image/webp", strings.NewReader("page")); err != nil {
		t.Fatal(err)
	}

	free := fill(t, dir)
	refused := 0
	for i := 1; i < 400 && refused < 3; i++ { // what SQLite has set aside is used up first
		switch err := write(i); {
		case err == nil:
		case isFull(err):
			refused++
		default:
			t.Fatalf("write %d: %v", i, err)
		}
	}
	if refused < 3 {
		t.Fatal("the disk is full and every write was acknowledged: the test fills too little")
	}
	if code, body := signIn(); code != http.StatusServiceUnavailable || !strings.Contains(body, "database_unavailable") {
		t.Errorf("sign-in on a full disk: %d %s", code, body)
	}
	if err := a.Blob.Put(ctx, "papers/during", "image/webp", bytes.NewReader(make([]byte, 1<<16))); !isFull(err) {
		t.Errorf("a file on a full disk: %v", err)
	}
	if there, err := a.Blob.Exists(ctx, "papers/during"); there || err != nil {
		t.Errorf("half a file is there (%v)", err)
	}
	// Reading goes on.
	var n int
	if err := db.Get(ctx, a.DB.Read(), &n, `SELECT COUNT(*) FROM audit WHERE action = 'test'`); err != nil || n != len(acknowledged) {
		t.Errorf("%d rows (%v), acknowledged %d", n, err, len(acknowledged))
	}

	free()
	if err := write(1000); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if code, body := signIn(); code != http.StatusOK {
		t.Errorf("sign-in with room again: %d %s", code, body)
	}
	if err := a.Blob.Put(ctx, "papers/after", "image/webp", strings.NewReader("page")); err != nil {
		t.Errorf("a file with room again: %v", err)
	}

	// And after a restart everything acknowledged is there.
	a.Close()
	b, err := New(ctx, config.Server{Addr: "localhost:0", Data: data}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var texts []string
	if err := db.Select(ctx, b.DB.Read(), &texts, `SELECT after FROM audit WHERE action = 'test'`); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, s := range texts {
		there[strings.Trim(s, `"`)] = true
	}
	for text := range acknowledged {
		if !there[text] {
			t.Errorf("acknowledged and lost: %.20s…", text)
		}
	}
	if len(there) != len(acknowledged) {
		t.Errorf("%d rows, %d acknowledged", len(there), len(acknowledged))
	}
	if got, err := b.Blob.ReadAll(ctx, "papers/before"); err != nil || string(got) != "page" {
		t.Errorf("the file from before: %q, %v", got, err)
	}
}

// What people bring finds no room: each is told so at once, nothing half brought stays behind, and
// the same again goes well when there is room.
func TestUploadsOnAFullDisk(t *testing.T) {
	dir := small(t, 32)
	f := newFixtureOn(t, filepath.Join(dir, "data"), "")
	f.inRoom()
	file := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{' '}, 2<<20)...)
	// Four minutes of speech, as µ-law of 8000 samples a second: a plain WAV.
	sound := []byte("RIFF\xff\xff\xff\x7fWAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x00\x20\x00")
	sound = append(sound, make([]byte, 2<<20)...)
	bring := func(path, who string, content []byte) (int, string) {
		r := httptest.NewRequest("POST", "/api/v1"+path, bytes.NewReader(content))
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Idempotency-Key", "k"+path)
		r.AddCookie(f.session[who])
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	uploads := map[string]func() (int, string){
		"paper": func() (int, string) {
			return bring("/meetings/"+f.meeting.String()+"/papers?name=a.pdf", officerA, file)
		},
		"recording": func() (int, string) {
			return bring("/meetings/"+f.meeting.String()+"/room/statements/audio", memberA, sound)
		},
		"list": func() (int, string) {
			return bring("/org/imports?name=a.csv", admin, append([]byte("人员编号,姓名,人员类别\n"), bytes.Repeat([]byte("\n"), 2<<20)...))
		},
	}
	large := func() (n int) {
		err := filepath.WalkDir(f.app.Config.Data, func(_ string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "wozai.db") {
				return err
			}
			if info, err := e.Info(); err == nil && info.Size() > 1<<20 {
				n++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	free := fill(t, dir)
	for what, bring := range uploads {
		if code, body := bring(); code != http.StatusServiceUnavailable || !strings.Contains(body, "database_unavailable") {
			t.Errorf("%s on a full disk: %d %s", what, code, body)
		}
	}
	if n := large(); n != 0 {
		t.Errorf("%d of three uploads left something behind", n)
	}
	if status, code := f.call(http.MethodGet, "/meetings/"+f.meeting.String()+"/room", nil, f.session[memberA]); status != http.StatusOK {
		t.Errorf("the room on a full disk: %d %s", status, code)
	}
	free()
	for what, bring := range uploads {
		if code, body := bring(); code != http.StatusOK && code != http.StatusAccepted {
			t.Errorf("%s with room again: %d %s", what, code, body)
		}
	}
	if n := large(); n != len(uploads) {
		t.Errorf("%d of three uploads are there", n)
	}
}

// The disk runs full while people answer and correct: who is refused is told so, the same sent again with
// room is taken once, and counts and versions are those of what was acknowledged.
func TestAnswersOnAFullDisk(t *testing.T) {
	dir := small(t, 32)
	f := newFixtureOn(t, filepath.Join(dir, "data"), "")
	period := f.asksForWords()
	path := "/rollcall-periods/" + period.String() + "/answers/" + f.person[memberA].String()
	version := 0
	sending := func() map[string]any {
		return map[string]any{"kind": "value", "values": map[string]any{"n": fmt.Sprint(version, strings.Repeat("字", 4000))}, "form_version": 1, "version": version}
	}
	answer := func() int {
		w := f.send(http.MethodPost, path, sending(), f.session[memberA])
		switch w.Code {
		case http.StatusOK:
			version++
		case http.StatusServiceUnavailable:
			if !strings.Contains(w.Body.String(), "database_unavailable") {
				t.Fatalf("%s", w.Body)
			}
		default:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return w.Code
	}
	if answer() != http.StatusOK {
		t.Fatal("an answer before the disk is full")
	}
	free := fill(t, dir)
	refused := 0
	for i := 0; i < 2000 && refused < 3; i++ { // what SQLite has set aside is used up first
		if answer() == http.StatusServiceUnavailable {
			refused++
		}
	}
	if refused < 3 {
		t.Fatal("the disk is full and every answer was acknowledged: the test fills too little")
	}
	rows := func() (versions, received int64) {
		f.get(&versions, `SELECT COALESCE(MAX(version), 0) FROM rollcall_answer WHERE period_id = $1`, period)
		f.get(&received, `SELECT CAST(SUM(received) AS BIGINT) FROM rollcall_count WHERE period_id = $1`, period)
		return versions, received
	}
	if n, received := rows(); n != int64(version) || received != 1 {
		t.Errorf("version %d, %d received; acknowledged %d", n, received, version)
	}
	free()
	last := sending()
	for range 2 { // sent again, and once more because the receipt was lost
		if w := f.send(http.MethodPost, path, last, f.session[memberA]); w.Code != http.StatusOK {
			t.Errorf("with room again: %d %s", w.Code, w.Body)
		}
	}
	var kept int64
	f.get(&kept, `SELECT COUNT(*) FROM rollcall_answer_version WHERE period_id = $1`, period)
	if n, received := rows(); n != int64(version+1) || kept != int64(version) || received != 1 {
		t.Errorf("version %d with %d before it, %d received; want version %d", n, kept, received, version+1)
	}
}
