# shellcheck shell=bash
# What the tests need beside a JDK: browser, foreign clients and servers, proxies. Sourced by ./check; bash.

foreign=library/src/test/foreign

# One line each: the Debian package, and a command that succeeds where it is there.
test_tools() {
    cat <<'END'
chromium            command -v chromium
chromium-driver     command -v chromedriver
firefox-esr         command -v firefox-esr
python3-websockets  /usr/bin/python3 -c 'import websockets'
nginx               command -v nginx
libnginx-mod-stream test -e /usr/lib/nginx/modules/ngx_stream_module.so
haproxy             command -v haproxy
nghttp2-proxy       command -v nghttpx
tinyproxy           command -v tinyproxy
squid               command -v squid && test -x /usr/lib/squid/basic_ncsa_auth -a -x /usr/lib/squid/digest_file_auth
dante-server        command -v danted
microsocks          command -v microsocks
nodejs              command -v node
npm                 command -v npm
openssl             command -v openssl
curl                command -v curl
iproute2            command -v ss
systemd             command -v systemd-socket-activate
END
}

missing_tools() {
    local package probe
    while read -r package probe; do
        bash -c "$probe" >/dev/null 2>&1 </dev/null || echo "$package"
    done < <(test_tools)
}

# as_root COMMAND...
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
    # Debian starts servers as it installs them; here they would only hold ports. This file is its way to say no.
    local policy=/usr/sbin/policy-rc.d package service
    if [ ! -e "$policy" ]; then
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
    for package in nginx haproxy nghttp2-proxy tinyproxy squid dante-server; do # nor is the machine to start them when it starts
        service=${package/nghttp2-proxy/nghttpx}
        service=${service/dante-server/danted}
        case " $* " in *" $package "*) as_root systemctl disable "$service" >/dev/null 2>&1 || : ;; esac
    done
}

# install_test_tools: installs what is missing, or says what is missing and how to get it, and dies.
install_test_tools() {
    local missing
    missing=$(missing_tools | xargs)
    if [ -n "$missing" ] && command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }; then
        echo "Installing for the tests: $missing"
        # In a shell of its own, whose end removes what it placed. If it fails, what is missing still is.
        # shellcheck disable=SC2086 # several packages
        (apt_install $missing) >&2 || :
        missing=$(missing_tools | xargs)
    fi
    [ -z "$missing" ] || die "The tests need what is missing here (as Debian calls it): $missing." \
        "Install it (Debian: apt-get install $missing) and run ./check again."

    if [ ! "$foreign/node_modules/.package-lock.json" -nt "$foreign/package-lock.json" ]; then
        (cd "$foreign" && npm ci --no-fund --no-audit >&2) ||
            die "The npm packages for the tests are missing. Run 'npm ci' in $foreign, and ./check again."
    fi
}
