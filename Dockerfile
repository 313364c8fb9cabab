# syntax=docker/dockerfile:1
# The server with all that terminals come with. Both stages are of one Debian release: the
# toolbox's Python environments point to its /usr/bin/python3.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        bubblewrap curl iproute2 make nftables nodejs npm perl python3-venv \
    && rm -rf /var/lib/apt/lists/*
# The toolbox is used at the path that it was made at.
ENV MANAGEACLOUD_TOOLBOX=/opt/manageacloud/toolbox CARGO_TARGET_DIR=/build
WORKDIR /source
COPY . .
# The profile that the tests run with: with more optimisation, Amazon's EC2 SDK alone takes 8 GB of
# memory to compile. The caches spare a second build of the image what has not changed.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build \
    cargo xtask toolbox \
    && cargo xtask page \
    && cargo build --workspace --bins \
    && install -D -t /opt/manageacloud/bin /build/debug/manageacloud /build/debug/mac \
        /build/debug/manageacloud-sandbox \
    && cp -r dist /opt/manageacloud/page \
    && cp -r tutorials /opt/manageacloud/tutorials

FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        bubblewrap ca-certificates curl iproute2 nftables nodejs openssh-client openssh-sftp-server \
        python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/manageacloud --create-home manageacloud
COPY --from=build /opt/manageacloud /opt/manageacloud
USER manageacloud
WORKDIR /var/lib/manageacloud
ENV MANAGEACLOUD_LISTEN=0.0.0.0:8080 \
    MANAGEACLOUD_DATA=/var/lib/manageacloud/data \
    MANAGEACLOUD_ASSETS=/opt/manageacloud/page \
    MANAGEACLOUD_TUTORIALS=/opt/manageacloud/tutorials \
    MANAGEACLOUD_TOOLBOX=/opt/manageacloud/toolbox
VOLUME /var/lib/manageacloud
EXPOSE 8080
# As a person's Ctrl-C: what the server started ends with the container, so it ends it well.
STOPSIGNAL SIGINT
HEALTHCHECK CMD curl -fsS http://localhost:8080/api/v1/health
ENTRYPOINT ["/opt/manageacloud/bin/manageacloud"]
CMD ["serve"]
