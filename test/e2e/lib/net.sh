#!/usr/bin/env bash
# Two machines and a line between them, for tests of what gets through: network
# namespaces, which vanish with this process (end its standard input). Without
# root it makes them in a user namespace of its own, where the kernel lets it.
#
# Prints "SERVER-PID CLIENT-PID" (what nsenter takes) when the line is up. Then
# each line on standard input is what may pass, and is answered by "ok":
#   all    everything
#   tcp    no UDP
#   PORT   nothing but TCP to that port of the server
# or "opened", answered by how often the server turned to anybody but the client
# of itself (packets that began something; the way to the rest of the world
# leads over the line).
# The server is 198.51.100.1, the client 198.51.100.2, and there is nobody else.
set -euo pipefail

if [[ ${1:-} != inside ]]; then
  for tool in ip nft unshare nsenter; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || { echo "no $tool here; on Debian: apt-get install iproute2 nftables util-linux" >&2; exit 3; }
  done
  own=()
  ((EUID == 0)) || own=(--map-root-user)
  # The script is this shell's, so that its process id is that of the server.
  unshare "${own[@]}" --net true 2>/dev/null || { echo "the kernel lets this user make no network namespaces; run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)" >&2; exit 3; }
  exec unshare "${own[@]}" --net bash "$0" inside
fi

export PATH=$PATH:/usr/sbin:/sbin
unshare --net sleep infinity &
client=$!
trap 'kill $client' EXIT
there() { nsenter --target "$client" --net "$@"; }
# Until the child has its own network, moving the cable there would fail.
until [[ $(readlink /proc/$client/ns/net) != "$(readlink /proc/self/ns/net)" ]]; do read -rt 0.01 <> <(:) || :; done
ip link set lo up
there ip link set lo up
ip link add cable type veth peer name cable netns "$client"
# An address that comes by itself, seconds later, is a change of network to a browser: it drops what it is asking for.
ip link set cable addrgenmode none
there ip link set cable addrgenmode none
ip addr add 198.51.100.1/24 dev cable
ip link set cable up
there ip addr add 198.51.100.2/24 dev cable
there ip link set cable up
ip route add default via 198.51.100.2
ip addr add 2001:db8::1/64 dev cable nodad
ip route add default via 2001:db8::2
nft -f - <<'N'
table inet out {
  chain out { type filter hook output priority 0; oifname cable meta l4proto { tcp, udp } ct state new ip daddr != 198.51.100.2 counter; oifname cable meta l4proto { tcp, udp } ct state new meta nfproto ipv6 counter; }
}
N
echo "$$ $client"

while read -r let; do
  case $let in
    opened)
      nft list table inet out | awk '{ for (i = 1; i < NF; i++) if ($i == "packets") sum += $(i + 1) } END { print sum + 0 }'
      continue
      ;;
    all) rule=accept ;;
    tcp) rule='meta l4proto udp drop' ;;
    *) rule="tcp dport != $let drop; meta l4proto != tcp drop" ;;
  esac
  nft -f - <<N
table inet line
delete table inet line
table inet line {
  chain in { type filter hook input priority 0; iifname cable jump judge; }
  chain judge { $rule; }
}
N
  echo ok
done
