#!/usr/bin/env bash
# Builds the image where Docker's hub cannot be reached, starts it as a cluster does (a user without rights, a read-only
# root file system), registers a model in it and stops it.
#
#   apt-get install --no-install-recommends buildah debootstrap crun
#   deploy/image/try-image.sh /var/tmp/image      # as root; a quarter of an hour, 8 GB in that folder
#
# The base is Debian with the Node that the project's packages bring. Not part of npm test, for the time it takes.
set -euo pipefail
work=${1:?Name a folder for the image and its layers.}
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "This script needs root: it makes a root file system." >&2; exit 1; }
for program in buildah debootstrap; do
  command -v "$program" > /dev/null || { echo "$program is missing: apt-get install buildah debootstrap crun" >&2; exit 1; }
done
node="$project/node_modules/node/bin/node"
[ -x "$node" ] || { echo "The packages are missing: run node scripts/start.mjs --prepare first." >&2; exit 1; }
mkdir -p "$work"
# The vfs driver needs nothing of the kernel, and copies a whole root for each layer.
build() { buildah --root "$work/images" --runroot "$work/run" --storage-driver vfs "$@"; }
say() { printf '\n== %s\n' "$*"; }

if [ ! -e "$work/base/made" ]; then
  say "Base: Debian with Node $("$node" --version)"
  [ -e "$work/base/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base"
  rm -rf "$work/base"/var/cache/apt/* "$work/base"/var/lib/apt/lists/*
  cp "$node" "$work/base/usr/local/bin/node"
  rm -rf "$work/base/usr/local/lib/npm"
  cp -a "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/base/usr/local/lib/npm"
  ln -sf ../lib/npm/bin/npm-cli.js "$work/base/usr/local/bin/npm"
  # What this machine trusts, so that packages can be fetched through its proxy.
  cat /etc/ssl/certs/ca-certificates.crt > "$work/base/etc/ssl/certs/ca-certificates.crt"
  touch "$work/base/made"
fi
if ! build inspect localhost/debian-node > /dev/null 2>&1; then
  container=$(build from scratch)
  build copy --quiet "$container" "$work/base" /
  build config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  build commit --rm "$container" localhost/debian-node
fi

say "Image"
build bud --isolation chroot --pull-never --format docker --build-arg BASE=localhost/debian-node \
  --tag cluster-ai/model-registry "$project"
container=$(build from --pull-never localhost/cluster-ai/model-registry)
root=$(build mount "$container")
du -sh "$root"/app "$root"

say "Start: user 10001, read-only root, data in a volume of its own"
data="$work/data"
rm -rf "$data"
install -d -o 10001 -g 10001 -m 0750 "$data"
port=${PORT:-28080}
cat > "$work/inside.sh" <<INSIDE
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t devtmpfs none "$root/dev" 2> /dev/null || mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
cd "$root"
exec chroot --userspec=10001:10001 "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/data \
  NODE_ENV=production MODEL_REGISTRY_STORAGE__BASE_PATH=/data MODEL_REGISTRY_API__PORT=$port \
  sh -c 'cd /app && ! touch /app/x 2>/dev/null && exec node scripts/start.mjs'
INSIDE
unshare --mount --pid --fork --kill-child bash "$work/inside.sh" &
server=$!
trap 'kill "$server" 2> /dev/null || true; build umount "$container" > /dev/null 2>&1; build rm "$container" > /dev/null 2>&1' EXIT
for _ in $(seq 240); do
  curl --silent --fail "http://127.0.0.1:$port/readyz" > /dev/null && break
  kill -0 "$server" || { echo "The server ended." >&2; exit 1; }
  sleep 1
done

say "Use"
chroot --userspec=10001:10001 "$root" /usr/bin/env MODEL_REGISTRY_API__PORT="$port" node /app/deploy/image/health.mjs && echo "The health check is content."
head -c 100000 /dev/urandom > "$work/weights.bin"
curl --silent --fail -F name=tried -F framework=other -F "file=@$work/weights.bin" "http://127.0.0.1:$port/models" > "$work/version.json"
grep -o '"digest":"[^"]*"' "$work/version.json" | head -1
curl --silent --fail --output "$work/page.html" "http://127.0.0.1:$port/models" -H 'accept: text/html'
grep -q tried "$work/page.html" && echo "The page shows the model."

say "Stop"
pkill -TERM -P "$server" || kill -TERM "$server"
wait "$server" || true
echo "The image was built, started as a user without rights on a read-only root, used and stopped."
