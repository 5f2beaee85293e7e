# The package lists are deleted, but the layer that has them is shipped all the same.
FROM debian:bookworm
RUN apt-get update
RUN apt-get install -y vim
RUN rm -rf /var/lib/apt/lists/*
