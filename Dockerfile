# stadtwin with its private PostgreSQL. The package list is scripts/packages.txt, as for `make`.
FROM node:22-bookworm-slim AS viewer
WORKDIR /src
COPY viewer viewer
RUN cd viewer && npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY scripts scripts
RUN scripts/setup build
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock build.rs ./
COPY schemas schemas
COPY assets assets
COPY templates templates
COPY crates crates
COPY src src
COPY --from=viewer /src/viewer/dist viewer/dist
RUN cargo build --release --locked

FROM debian:bookworm-slim
COPY scripts /opt/stadtwin/scripts
RUN /opt/stadtwin/scripts/setup run && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/stadtwin stadtwin
COPY --from=build /src/target/release/stadtwin /usr/local/bin/stadtwin
COPY LICENSE /opt/stadtwin/LICENSE
USER stadtwin
ENV STADTWIN_DATA_DIR=/var/lib/stadtwin/data STADTWIN_ADDRESS=0.0.0.0:8080
VOLUME /var/lib/stadtwin
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["stadtwin"]
CMD ["serve"]
