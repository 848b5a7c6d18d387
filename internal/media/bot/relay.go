package bot

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

// relay stands between the LiveKit client library, which can present nothing but a token, and our proxy, which wants a
// session. It adds the headers of the session, listens in for what the library does not tell (permissions), and lets a
// test play a modified client.
type relay struct {
	target *url.URL
	header http.Header
	tamper func(*livekit.SignalRequest) bool
	heard  func(*livekit.SignalResponse)

	listener net.Listener
	server   *http.Server
	mu       sync.Mutex
	status   int // of the last refused connect
}

func newRelay(address string, header http.Header, tamper func(*livekit.SignalRequest) bool, heard func(*livekit.SignalResponse)) (*relay, error) {
	target, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{target: target, header: header, tamper: tamper, heard: heard, listener: listener}
	plain := &httputil.ReverseProxy{Rewrite: func(out *httputil.ProxyRequest) {
		out.SetURL(target)
		r.dress(out.Out.Header)
	}}
	r.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if websocket.IsWebSocketUpgrade(request) {
			r.signal(w, request)
			return
		}
		plain.ServeHTTP(w, request)
	})}
	go func() { _ = r.server.Serve(listener) }()
	return r, nil
}

func (r *relay) url() string { return "ws://" + r.listener.Addr().String() }

func (r *relay) close() { _ = r.server.Close() }

// dress takes off the library's token and puts on the session.
func (r *relay) dress(header http.Header) {
	header.Del("Authorization")
	for name, values := range r.header {
		header[name] = values
	}
}

func (r *relay) signal(w http.ResponseWriter, request *http.Request) {
	address := *r.target
	address.Scheme = map[string]string{"http": "ws", "https": "wss"}[address.Scheme]
	address.Path += request.URL.Path
	address.RawQuery = strings.Trim(r.target.RawQuery+"&"+request.URL.RawQuery, "&")
	header := http.Header{"User-Agent": {"wozai-bot"}}
	r.dress(header)
	out, response, err := websocket.DefaultDialer.DialContext(request.Context(), address.String(), header)
	if err != nil {
		status := http.StatusBadGateway
		if response != nil {
			status = response.StatusCode
		}
		r.mu.Lock()
		r.status = status
		r.mu.Unlock()
		http.Error(w, http.StatusText(status), status)
		return
	}
	defer out.Close()
	upgrader := websocket.Upgrader{}
	in, err := upgrader.Upgrade(w, request, nil)
	if err != nil {
		return
	}
	go func() {
		defer in.Close()
		defer out.Close()
		for {
			kind, payload, err := out.ReadMessage()
			if err != nil {
				return
			}
			message := &livekit.SignalResponse{}
			if proto.Unmarshal(payload, message) == nil {
				r.heard(message)
			}
			if in.WriteMessage(kind, payload) != nil {
				return
			}
		}
	}()
	defer in.Close()
	for {
		kind, payload, err := in.ReadMessage()
		if err != nil {
			return
		}
		if r.tamper != nil {
			message := &livekit.SignalRequest{}
			if proto.Unmarshal(payload, message) == nil && r.tamper(message) {
				payload, _ = proto.Marshal(message)
			}
		}
		if out.WriteMessage(kind, payload) != nil {
			return
		}
	}
}

// refused is the HTTP status of the last connect that was turned away, 0 if none was.
func (r *relay) refused() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}
