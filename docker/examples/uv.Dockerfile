# The same with uv, which is bound into the step too and stays out of the image.
#   DOCKER_BUILDKIT=1 docker build --network=host -f uv.Dockerfile .
# Where the server asks for tokens, add --secret id=netrc,src=$HOME/.netrc (docs/dockerfile.md).
FROM python:3.13-slim
ARG WHEELMILL=http://127.0.0.1:8417
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=from=astral/uv,source=/uv,target=/bin/uv \
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    list="$WHEELMILL/lists/$(sha256sum /tmp/requirements.txt | cut -d ' ' -f 1)" \
 && uv pip install --system --no-cache --no-index \
      --find-links "$list/wheels/" -r "$list/requirements.txt"
