package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
)

// ChildConfig is what the supervisor tells the media child. It travels as one JSON line on the child's standard input,
// never in its arguments or environment: other users of the machine can read those.
type ChildConfig struct {
	Key    string `json:"key"`    // API key
	Secret string `json:"secret"` // API secret, at least 32 characters

	HTTPPort int    `json:"httpPort"` // signalling and API, on 127.0.0.1 only
	NodeIP   string `json:"nodeIp"`   // the address browsers send media to: "v4", "v6" or "v4,v6"
	UDPPort  int    `json:"udpPort"`  // all media over UDP
	TCPPort  int    `json:"tcpPort"`  // media over TCP where UDP is blocked; it listens on all interfaces

	TURN     *TURN `json:"turn,omitempty"`
	NoUnmute bool  `json:",omitempty"` // as somebody else's server may be set up; the tests try it
}

// TURN relays media over TLS (and UDP) for networks that let nothing else through. Browsers are told port 443 whatever
// TLSPort is, so something has to lead 443 there.
type TURN struct {
	Domain   string `json:"domain"`            // the name on the certificate
	CertFile string `json:"certFile"`          // PEM
	KeyFile  string `json:"keyFile"`           // PEM
	TLSPort  int    `json:"tlsPort"`           // listens on all interfaces
	UDPPort  int    `json:"udpPort,omitempty"` // 0: no TURN over UDP
	Relay    [2]int `json:"relay,omitempty"`   // first and last UDP port for relaying; zero: 30000–40000
}

// ReadChildConfig reads the first line of the child's standard input.
func ReadChildConfig(in io.Reader) (ChildConfig, error) {
	var config ChildConfig
	if err := json.NewDecoder(in).Decode(&config); err != nil {
		return config, fmt.Errorf("media child: no configuration on standard input (this command is started by wozai itself): %w", err)
	}
	return config, config.validate()
}

// validate lists everything that is wrong at once.
func (c ChildConfig) validate() error {
	var faults []error
	if c.Key == "" || len(c.Secret) < 32 {
		faults = append(faults, errors.New("media: API key and a secret of at least 32 characters are needed"))
	}
	for name, port := range map[string]int{"HTTP": c.HTTPPort, "UDP": c.UDPPort, "TCP": c.TCPPort} {
		if port < 1 || port > 65535 {
			faults = append(faults, fmt.Errorf("media: %s port %d is not between 1 and 65535", name, port))
		}
	}
	if c.NodeIP == "" {
		faults = append(faults, errors.New("media: the address for media (node IP) is missing"))
	}
	if c.TURN != nil && (c.TURN.Domain == "" || c.TURN.CertFile == "" || c.TURN.KeyFile == "" || c.TURN.TLSPort == 0) {
		faults = append(faults, errors.New("media: TURN needs a domain, a certificate, its key and a TLS port"))
	}
	return errors.Join(faults...)
}

// LocalIP is the address of this machine that a phone in the same network can reach: the first private or public IPv4
// address of an interface that is up, 127.0.0.1 if there is none. It asks nobody.
func LocalIP() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return loopback
	}
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if ok && network.IP.To4() != nil && network.IP.IsGlobalUnicast() {
			return network.IP.String()
		}
	}
	return loopback
}

const loopback = "127.0.0.1"
