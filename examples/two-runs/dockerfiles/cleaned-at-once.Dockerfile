# Deleted by the instruction that fetched them: no layer has them. This is what joining is good for.
FROM debian:bookworm
RUN apt-get update && apt-get install -y vim && rm -rf /var/lib/apt/lists/*
