# An application that is a Python package, with dependencies of its own: its code becomes a wheel like everything else, and
# the image is slim. No compiler and no wheel ends up in it, or is copied into it.
#   DOCKER_BUILDKIT=1 docker build --network=host -f docker/examples/app.Dockerfile docker/examples/app
# Where the server asks for tokens, add --secret id=netrc,src=$HOME/.netrc, with one that has the scopes upload and prebuild.
ARG BUILD_IMAGE=python:3.13
ARG RUNTIME_IMAGE=python:3.13-slim

# Makes an sdist of the code and uploads it; Wheelmill builds the wheel, and what it depends on.
FROM ${BUILD_IMAGE} AS app-builder
ARG WHEELMILL=http://127.0.0.1:8417
ENV PIP_INDEX_URL=$WHEELMILL/simple/ PIP_ROOT_USER_ACTION=ignore
RUN --mount=type=secret,id=netrc,target=/root/.netrc pip install --no-cache-dir build
WORKDIR /src
COPY . .
# The version has the hash of the code in it: code that changed is another version, and the same code is built once.
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    code=$(find . -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -c 1-12) \
 && version="1.0.0+src.$code" \
 && echo "$version" > VERSION \
 && python -m build --sdist \
 && curl -sS --netrc-optional --fail-with-body -F :action=file_upload -F filetype=sdist -F name=wheelmill-example-app \
      -F "version=$version" -F "content=@$(echo dist/*.tar.gz)" "$WHEELMILL/legacy/" \
 && echo "wheelmill-example-app==$version" > /requirements.txt \
 && curl -sS --netrc-optional --fail-with-body -H 'Content-Type: text/plain' --data-binary @/requirements.txt \
      "$WHEELMILL/api/v1/prebuilds?wait=600"

# Installs it with all that it needs, as every other list.
FROM ${RUNTIME_IMAGE}
ARG WHEELMILL=http://127.0.0.1:8417
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=bind,from=app-builder,source=/requirements.txt,target=/tmp/requirements.txt \
    list="$WHEELMILL/lists/$(sha256sum /tmp/requirements.txt | cut -d ' ' -f 1)" \
 && pip install --no-cache-dir --no-index \
      --find-links "$list/wheels/" -r "$list/requirements.txt"
CMD ["wheelmill-example-app"]
