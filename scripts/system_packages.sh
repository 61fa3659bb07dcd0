#!/bin/sh
# Install from Debian what the tests need and this machine lacks. Asks nobody when nothing is missing.
set -u
missing=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -x /usr/bin/chromium ] || missing="$missing chromium"
command -v dot >/dev/null 2>&1 || missing="$missing graphviz"
[ -x /usr/sbin/slapd ] || missing="$missing slapd"
{ [ -x /usr/sbin/samba ] && ls -d /usr/lib/*/samba/ldb >/dev/null 2>&1; } || missing="$missing samba-ad-dc samba-dsdb-modules"
[ -e /usr/share/samba/setup/provision_users.ldif ] || missing="$missing samba-ad-provision"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need what Debian calls$missing: install it, then try again." >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    echo "The tests need packages that this account may not install: ask for apt-get install$missing, then try again." >&2
    exit 1
fi

# Debian starts a server with its installation. The tests start their own: none of these is to run.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null && $as_root chmod 755 "$policy"
fi

install() {
    # shellcheck disable=SC2086 # both are lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o DPkg::Lock::Timeout=300 $missing </dev/null
}
echo "Installing from Debian:$missing"
if ! install >/dev/null 2>&1; then # the lists are old or were never fetched
    $as_root apt-get update -q -o DPkg::Lock::Timeout=300 </dev/null >/dev/null 2>&1
    if ! install; then
        echo "apt-get could not install$missing: its reasons stand above." >&2
        exit 1
    fi
fi
