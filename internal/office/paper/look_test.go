//go:build look

package paper

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// To look at: WOZAI_LOOK=file.pdf go test -tags look -run TestLook writes its pages beside it.
func TestLook(t *testing.T) {
	path := os.Getenv("WOZAI_LOOK")
	if path == "" {
		t.Fatal("WOZAI_LOOK is not set")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := renderer(t, Options{})
	start := time.Now()
	for p, err := range r.Pages(t.Context(), bytes.NewReader(b), int64(len(b)), "application/pdf") {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Images {
			t.Logf("page %d, %d wide: %s %d bytes, after %v", p.Number, i.Width, i.Type, len(i.Data), time.Since(start))
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), fmt.Sprintf("page-%d-%d.%s", p.Number, i.Width, i.Type[6:])), i.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
