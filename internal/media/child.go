package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
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

	NoUnmute bool `json:",omitempty"` // as somebody else's server may be set up; the tests try it
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
	if _, err := c.addresses(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// addresses are what NodeIP names, at least one.
func (c ChildConfig) addresses() (ips []netip.Addr, err error) {
	for _, text := range strings.Split(c.NodeIP, ",") {
		ip, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return nil, errors.New("media: the address for media (node IP) is none")
		}
		ips = append(ips, ip)
	}
	return ips, nil
}

// Own are the addresses of this machine on which media arrives that browsers send to NodeIP. The child must listen on no
// other: it answers from the first that it finds, and packets from 127.0.0.1 reach nobody.
func (c ChildConfig) Own() (own []netip.Addr) {
	ips, _ := c.addresses() // validated
	for _, ip := range ips {
		own = append(own, here(ip))
	}
	return own
}

// here is ip if it belongs to this machine, otherwise (a translated address, say a cloud's) an address that does.
func here(ip netip.Addr) netip.Addr {
	if socket, err := net.ListenPacket("udp", netip.AddrPortFrom(ip, 0).String()); err == nil {
		_ = socket.Close()
		return ip
	}
	own, err := netip.ParseAddr(LocalIP())
	if err != nil || own.Is4() != ip.Is4() {
		return ip
	}
	return own
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
