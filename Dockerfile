# limpid in a container: one static binary, no shell, no root. The configuration listens on "0.0.0.0:8080" there.
#   docker build -t limpid --build-arg LIMPID_COMMIT=$(git rev-parse --short=12 HEAD) .
#   docker run -p 8080:8080 -v ./limpid.toml:/etc/limpid/limpid.toml:ro limpid
FROM rust:1-alpine AS build
RUN apk add --no-cache build-base
WORKDIR /limpid
COPY . .
ARG LIMPID_COMMIT
RUN cargo build --release --locked && strip target/release/limpid

FROM alpine:3 AS roots
RUN apk add --no-cache ca-certificates

FROM scratch
COPY --from=roots /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /limpid/target/release/limpid /limpid
USER 65532:65532
WORKDIR /etc/limpid
EXPOSE 8080
ENTRYPOINT ["/limpid"]
