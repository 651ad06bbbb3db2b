# The image `netchat`: the server, and the client, and nothing else.
#
# The base needs python3 (3.11 or later) with its standard library; pip and a compiler stay in the
# first stage. Where no image can be pulled, give one of your own: --build-arg BASE=...
ARG BASE
# An argument that is given but empty, as compose gives it, means the default too.
ARG BASE_IMAGE=${BASE:-python:3.13.9-slim-trixie}

FROM ${BASE_IMAGE} AS build
# docker/README.md removes by this label what the build leaves behind.
LABEL netchat.stage="build"
WORKDIR /source
COPY .ci/make_venv.py docker/requirements-build.txt docker/requirements.txt ./
# The versions and hashes of all packages are those that `make lock` has written.
RUN ["python3", "make_venv.py", "/build"]
RUN /build/bin/pip --quiet install --no-cache-dir --require-hashes -r requirements-build.txt \
    && python3 -m venv --without-pip /opt/netchat \
    && /build/bin/pip --quiet --python /opt/netchat/bin/python install --no-cache-dir --no-compile \
        --require-hashes -r requirements.txt
COPY setup.cfg pyproject.toml README.md ./
COPY netchat netchat
COPY twisted twisted
COPY systemd systemd
COPY docker/pid1.pth docker/slim.py docker/entrypoint.py docker/healthcheck.py ./
# What is installed is the wheel, so the image holds what everybody gets. The environment has no pip
# of its own: the one in /build fills it. twistd makes the plugin cache (dropin.cache) now, because
# a process that may write nothing could not.
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/pip --quiet --python /opt/netchat/bin/python install --no-cache-dir --no-compile \
        --no-deps --no-index /wheels/netchat-*.whl \
    && /build/bin/pip --python /opt/netchat/bin/python check \
    && cp pid1.pth /opt/netchat/lib/python3.*/site-packages/ \
    && install -m 755 entrypoint.py /opt/netchat/bin/entrypoint \
    && install -m 755 healthcheck.py /opt/netchat/bin/healthcheck \
    && python3 slim.py /opt/netchat \
    && /opt/netchat/bin/twistd --help >/dev/null

FROM ${BASE_IMAGE}
# A base such as python:slim has a pip of its own.
COPY docker/slim.py /opt/
# The volume's directory is everybody's, because the container may run as any user.
RUN python3 /opt/slim.py && rm /opt/slim.py && install -d -m 1777 /var/lib/netchat
COPY --from=build /opt/netchat /opt/netchat
ENV PATH=/opt/netchat/bin:$PATH \
    LANG=C.UTF-8 \
    NETCHAT_DATA=/var/lib/netchat \
    NETCHAT_LISTENING_FILE=/var/lib/netchat/listening \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/netchat
VOLUME /var/lib/netchat
USER 65532:65532
EXPOSE 5001 5080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["healthcheck"]
ENTRYPOINT ["entrypoint"]

ARG BASE_IMAGE
ARG VERSION=0.1.0
# docker/build adds what only the checkout knows: revision, created, source and licenses.
LABEL org.opencontainers.image.title="netchat" \
      org.opencontainers.image.description="An event-driven chat for private networks" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
