#!/usr/bin/env bash
# Makes the image wheelmill-standin/wheelmill: what docker/Dockerfile makes, where no registry has its base image. It takes
# this machine's node, dist, and the packages of production, on top of the slim image of the first pair.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

image=wheelmill-standin/wheelmill
bash scripts/setup/images.sh --first
base=$(sed -n 's/^WHEELMILL_TARGETS=[^=]*=\([^,]*\).*/\1/p' "$STATE/first-target.env")

npm run --silent build
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$(readlink -f "$(type -P node)")" "$context/node"
mkdir "$context/wheelmill"
cp -r package.json dist "$context/wheelmill/"
# One path a line, the first being the project itself.
npm ls --omit=dev --all --parseable 2>/dev/null | tail -n +2 | sed "s|^$ROOT/||" >"$context/packages"
tar -c -T "$context/packages" | tar -x -C "$context/wheelmill"

say "Building $image on $base"
docker build --quiet --tag "$image" --file - "$context" >/dev/null <<DOCKERFILE
FROM $base
ENV NODE_ENV=production WHEELMILL_HOST=0.0.0.0 WHEELMILL_DATA_DIR=/data WHEELMILL_FIRST_TOKEN=/data/first-token
RUN install -d -o 1000 -g 1000 /data
COPY node /usr/local/bin/node
COPY wheelmill /wheelmill
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8417
ENTRYPOINT ["node", "/wheelmill/dist/cli.js"]
CMD ["serve"]
DOCKERFILE
docker run --rm "$image" --version
