# The image `netchat`: the server, and the client, and nothing else.
#
# The base needs python3 (3.11 or later) with its standard library; pip and a compiler stay in the
# first stage. Where no image can be pulled, give one of your own: --build-arg BASE=...
ARG BASE=python:3.13.9-slim-trixie

FROM ${BASE} AS build
WORKDIR /source
COPY .ci/make_venv.py ./
RUN ["python3", "make_venv.py", "/build"]
COPY setup.cfg pyproject.toml README.md ./
COPY netchat netchat
COPY twisted twisted
COPY docker/pid1.pth docker/slim.py ./
# What is installed is the wheel, so the image holds what everybody gets. The environment has no pip
# of its own: the one in /build fills it. twistd makes the plugin cache (dropin.cache) now, because
# a process that may write nothing could not.
RUN /build/bin/pip wheel --quiet --no-deps --wheel-dir /wheels . \
    && python3 -m venv --without-pip /opt/netchat \
    && /build/bin/pip --quiet --python /opt/netchat/bin/python install --no-cache-dir --no-compile \
        /wheels/netchat-*.whl \
    && cp pid1.pth /opt/netchat/lib/python3.*/site-packages/ \
    && python3 slim.py /opt/netchat \
    && /opt/netchat/bin/twistd --help >/dev/null

FROM ${BASE}
# A base such as python:slim has a pip of its own.
COPY docker/slim.py /opt/
# The volume's directory is everybody's, because the container may run as any user.
RUN python3 /opt/slim.py && rm /opt/slim.py && install -d -m 1777 /var/lib/netchat
COPY --from=build /opt/netchat /opt/netchat
ENV PATH=/opt/netchat/bin:$PATH \
    LANG=C.UTF-8 \
    NETCHAT_DATA=/var/lib/netchat \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/netchat
VOLUME /var/lib/netchat
USER 65532:65532
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["netchat", "health"]
CMD ["twistd", "--nodaemon", "--pidfile=", "netchat"]

ARG BASE
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="netchat" \
      org.opencontainers.image.description="An event-driven chat for private networks" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}"
