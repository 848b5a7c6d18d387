package bot

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
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
	Options
	target *url.URL
	heard  func(*livekit.SignalResponse)

	listener net.Listener
	server   *http.Server
	mu       sync.Mutex
	status   int // of the last refused connect
}

func newRelay(options Options, heard func(*livekit.SignalResponse)) (*relay, error) {
	target, err := url.Parse(strings.TrimSuffix(options.URL, "/"))
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{Options: options, target: target, heard: heard, listener: listener}
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
	for name, values := range r.Header {
		header[name] = values
	}
}

func (r *relay) signal(w http.ResponseWriter, request *http.Request) {
	address := *r.target
	address.Scheme = map[string]string{"http": "ws", "https": "wss"}[address.Scheme]
	address.Path += request.URL.Path
	address.RawQuery = strings.Trim(r.target.RawQuery+"&"+r.join(request.URL.Query()).Encode(), "&")
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
		if r.Tamper != nil {
			message := &livekit.SignalRequest{}
			if proto.Unmarshal(payload, message) == nil && r.Tamper(message) {
				payload, _ = proto.Marshal(message)
			}
		}
		if out.WriteMessage(kind, payload) != nil {
			return
		}
	}
}

// join lets a test change the join request in a query.
func (r *relay) join(query url.Values) url.Values {
	if text := query.Get("join_request"); text != "" && r.Joining != nil {
		raw, _ := base64.URLEncoding.DecodeString(text)
		wrapped, join := &livekit.WrappedJoinRequest{}, &livekit.JoinRequest{}
		_ = proto.Unmarshal(raw, wrapped)
		inner := wrapped.JoinRequest
		if wrapped.Compression == livekit.WrappedJoinRequest_GZIP {
			if reader, err := gzip.NewReader(bytes.NewReader(inner)); err == nil {
				inner, _ = io.ReadAll(reader)
			}
		}
		_ = proto.Unmarshal(inner, join)
		r.Joining(join)
		inner, _ = proto.Marshal(join)
		raw, _ = proto.Marshal(&livekit.WrappedJoinRequest{JoinRequest: inner})
		query.Set("join_request", base64.URLEncoding.EncodeToString(raw))
	}
	return query
}

// refused is the HTTP status of the last connect that was turned away, 0 if none was.
func (r *relay) refused() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}
