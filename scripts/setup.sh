#!/usr/bin/env bash
# Installs what the tests need beside Go and Node: browsers, a Chinese font,
# the PostgreSQL server, tools for networks. Where it may not, it names exactly what to install.
source "$(dirname "$0")/lib.sh"

has_browser() { [[ -x ${WOZAI_CHROMIUM:-} ]] || command -v chromium chromium-browser google-chrome-stable google-chrome >/dev/null; }

has_firefox() { [[ -x ${WOZAI_FIREFOX:-} ]] || command -v firefox-esr firefox >/dev/null; }

has_font() {
  [[ -n $(command -v fc-list >/dev/null && fc-list ':lang=zh-cn' family | head -n 1) ]] ||
    [[ -n $(find /usr/share/fonts ~/.fonts ~/.local/share/fonts -iname '*cjk*' -print -quit 2>/dev/null) ]]
}

has_postgres() {
  local initdb
  for initdb in /usr/lib/postgresql/*/bin/initdb "$(command -v initdb || true)"; do
    [[ -x $initdb && -x $(dirname "$(readlink -f "$initdb")")/postgres ]] || continue
    (($("$initdb" --version | grep -Eo '[0-9]+' | head -n 1) >= 15)) && return
  done
  return 1
}

has_net() (PATH=$PATH:/usr/sbin:/sbin && command -v ip && command -v nft) >/dev/null

packages=() reasons=()
has_browser || { packages+=(chromium); reasons+=("Chromium, which the browser tests drive (or set WOZAI_CHROMIUM to a browser of its family)"); }
has_firefox || { packages+=(firefox-esr); reasons+=("Firefox (firefox-esr), which test/e2e/firefox.test.mjs and push.test.mjs drive (or set WOZAI_FIREFOX to it)"); }
has_font || { packages+=(fonts-noto-cjk); reasons+=("a font with Chinese characters (fonts-noto-cjk)"); }
has_postgres || { packages+=(postgresql-15); reasons+=("the PostgreSQL server, 15 or newer (postgresql-15); it need not run"); }
has_net || { packages+=(iproute2 nftables); reasons+=("ip and nft (iproute2, nftables), which make the networks of test/e2e/reach.test.mjs"); }
command -v openssl >/dev/null || { packages+=(openssl); reasons+=("openssl, which makes the certificate of the push service of test/e2e/push.test.mjs"); }
((${#packages[@]})) || exit 0

sudo=()
if ((EUID != 0)); then
  sudo=(sudo -n)
  sudo -n true 2>/dev/null || sudo=()
fi
if ! command -v apt-get >/dev/null || ((EUID != 0 && ${#sudo[@]} == 0)); then
  {
    printf 'The tests need, and I may not install here:\n'
    printf '  - %s\n' "${reasons[@]}"
    printf 'On Debian: apt-get install %s\n' "${packages[*]}"
  } >&2
  exit 1
fi

as_root() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@"; }
say "Installing ${packages[*]}"
as_root apt-get -qq update
if [[ " ${packages[*]} " == *" postgresql-15 "* ]]; then
  # Only the program is wanted: without this the package would create a
  # database cluster and start it.
  if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    printf '# Written by the set-up of Wozai: its tests start servers of their own.\ncreate_main_cluster = false\n' |
      as_root tee /etc/postgresql-common/createcluster.d/wozai.conf >/dev/null
  fi
  # Newer Debians carry a newer server under another name.
  [[ -n $(apt-cache search --names-only '^postgresql-15$') ]] || packages=("${packages[@]/#postgresql-15/postgresql}")
fi
as_root apt-get -qq install --yes --no-install-recommends "${packages[@]}" </dev/null >/dev/null
has_browser && has_firefox && has_font && has_postgres && has_net && command -v openssl >/dev/null || die "Installed ${packages[*]}, and something is still not found; please report this."
