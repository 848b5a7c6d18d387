package blob_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"wozai/internal/blob"
	"wozai/internal/fault"
)

// Many may read a large file at once: none of them takes it into memory.
func TestAFileIsReadPieceByPiece(t *testing.T) {
	ctx := context.Background()
	s, err := blob.Open(ctx, "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // read only
	if err := s.Put(ctx, "papers/aa/large", "application/pdf", bytes.NewReader(make([]byte, 8<<20))); err != nil {
		t.Fatal(err)
	}
	read := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := s.Open(ctx, "papers/aa/large")
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); err != nil || n != 8<<20 {
				b.Fatalf("%d bytes, %v", n, err)
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	if read.AllocedBytesPerOp() > 1<<20 {
		t.Errorf("takes %d bytes of memory to read", read.AllocedBytesPerOp())
	}
	if _, err := s.Open(ctx, "papers/aa/none"); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
}
