# The same joined by &&: one layer.
FROM debian:bookworm
RUN apt-get update && apt-get install -y vim
