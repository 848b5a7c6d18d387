package media

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// A few kilobytes on the line become gigabytes in memory when the limit counts what came and not what it says.
func TestAPackedMessageIsBoundedByWhatIsInIt(t *testing.T) {
	const limit = 256 << 10
	long := make([]byte, 16<<20) // 70 kB on the line
	got := make(chan error, 2)
	hold := make(chan struct{}) // the connection stays until all was said
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{EnableCompression: true}
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.SetReadLimit(limit)
		for range 2 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := readMessage(conn, limit)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
				t.Errorf("%d bytes were taken for it", took)
			}
			got <- err
		}
		<-hold
	}))
	defer srv.Close()
	defer close(hold)
	dialer := websocket.Dialer{EnableCompression: true}
	conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.WriteMessage(websocket.BinaryMessage, make([]byte, limit)); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("a message of the limit: %v", err)
	}
	if err := conn.WriteMessage(websocket.BinaryMessage, long); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, errLongMessage) {
		t.Errorf("sixteen megabytes: %v", err)
	}
}
