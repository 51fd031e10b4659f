# The usual way: wheels are built in a first stage, copied into the second and installed there, and what they need is found out by trial.
ARG BUILD
ARG RUNTIME
FROM ${BUILD} AS wheels
RUN apt-get update && apt-get install -y --no-install-recommends libldap-dev libsasl2-dev && rm -rf /var/lib/apt/lists/*
COPY requirements.txt /
ARG PIP_INDEX_URL
RUN pip wheel --no-cache-dir --wheel-dir /wheels -r /requirements.txt

FROM ${RUNTIME}
RUN apt-get update && apt-get install -y --no-install-recommends libldap2 libmariadb3 libpq5 libxml2 && rm -rf /var/lib/apt/lists/*
COPY --from=wheels /wheels /wheels
COPY requirements.txt /
RUN pip install --no-cache-dir --no-index --find-links /wheels -r /requirements.txt
