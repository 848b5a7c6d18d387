//go:build look

package docx

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// To look at: WOZAI_LOOK=dir go test -tags look -run TestLook writes the samples, and pictures of them where
// LibreOffice and poppler are.
func TestLook(t *testing.T) {
	dir := os.Getenv("WOZAI_LOOK")
	if dir == "" {
		t.Fatal("WOZAI_LOOK is not set")
	}
	for name, d := range map[string]Doc{"report": sample(), "minutes": minutes()} {
		path := filepath.Join(dir, name+".docx")
		if err := os.WriteFile(path, write(t, d), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, cmd := range [][]string{
			{"soffice", "--headless", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--convert-to", "pdf", "--outdir", dir, path},
			{"pdftoppm", "-r", "60", "-png", filepath.Join(dir, name+".pdf"), filepath.Join(dir, name)},
		} {
			if out, err := exec.CommandContext(t.Context(), cmd[0], cmd[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", cmd[0], err, out)
			}
		}
	}
}
