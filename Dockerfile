# syntax=docker/dockerfile:1
#
# Herald's image: docker build -t herald .
# deploy/try_image.py runs these steps without a container daemon and starts the result.

ARG BASE=debian:trixie-slim

# --- the packages, as wheels with pinned hashes --------------------------------------------------------------------
FROM ${BASE} AS packages
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3-pip python3-venv
RUN python3 -m venv --without-pip /opt/venv
COPY requirements.txt requirements-semantic.txt requirements-postgres.txt /tmp/
RUN python3 -m pip --python /opt/venv/bin/python install \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements.txt
# Search by meaning: docker build --build-arg SEMANTIC=1 (adds about 150 MB)
ARG SEMANTIC=
RUN test -z "${SEMANTIC}" || python3 -m pip --python /opt/venv/bin/python install --no-deps \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements-semantic.txt
# A database on a PostgreSQL server: docker build --build-arg POSTGRES=1
ARG POSTGRES=
RUN test -z "${POSTGRES}" || python3 -m pip --python /opt/venv/bin/python install --no-deps \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements-postgres.txt

# --- what runs ------------------------------------------------------------------------------------------------------
FROM ${BASE}
# Git without its servers and without what it has in Perl: none of it is needed to read a repository.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client python3 tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
      /usr/share/perl /usr/lib/*-linux-gnu/perl /usr/lib/*-linux-gnu/libperl.so* \
      /usr/lib/git-core/git-daemon /usr/lib/git-core/git-http-backend /usr/lib/git-core/git-http-push \
      /usr/lib/git-core/git-imap-send /usr/lib/git-core/git-shell /usr/lib/git-core/scalar /usr/bin/scalar
# SSH asks for the name of the user that it runs as, so there has to be one.
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin herald \
 && install -d -o herald -g herald -m 0700 /data \
 && install -d -m 0755 /config
COPY --from=packages /opt/venv /opt/venv
COPY . /app
# Compiled here, because the root file system is read-only later.
RUN /opt/venv/bin/python -m compileall -q /app

ARG COMMIT=
ENV HERALD_COMMIT=${COMMIT} \
    STATE_DIRECTORY=/data \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER herald
WORKDIR /config
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=10s --start-period=1m CMD ["python", "/app/bot.py", "status", "--check"]
# tini reaps what Git leaves behind when its process group is ended.
ENTRYPOINT ["tini", "--", "python", "/app/bot.py"]
CMD ["run"]
